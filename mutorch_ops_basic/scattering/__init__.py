"""Writing entries at positions given by indices or masks, also without changing the operand."""

from mutorch_ops_basic.scattering import functional_updates, masks, scatter, ufunc_at
from mutorch_ops_basic.scattering.functional_updates import *
from mutorch_ops_basic.scattering.masks import *
from mutorch_ops_basic.scattering.scatter import *
from mutorch_ops_basic.scattering.ufunc_at import *

__all__: list[str] = []
__all__ += functional_updates.__all__
__all__ += masks.__all__
__all__ += scatter.__all__
__all__ += ufunc_at.__all__
