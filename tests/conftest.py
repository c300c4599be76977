"""One thread for linear algebra, as in the checker's own workers.

The matrices of tests are small, and the threads of several processes would wait for one another.
"""

import os

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")
