"""The environment of all tests.

Linear algebra runs on one thread, as in the checker's own workers: the matrices are small, and the threads of several
processes would wait for one another. Tools that are installed beside the interpreter are found, though its environment
need not be activated.
"""

import os
import sys
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
