from .case import LEVELS as LEVELS
from .case import Case as Case
from .case import Node as Node
from .checker import Report as Report
from .checker import Verdict as Verdict
from .checker import check_backend as check_backend
from .declined import Declined as Declined
from .golden import GoldenCase as GoldenCase
from .golden import golden_case as golden_case
from .golden import golden_cases as golden_cases
from .gradcheck import GradcheckReport as GradcheckReport
from .gradcheck import GradcheckTarget as GradcheckTarget
from .gradcheck import KinkError as KinkError
from .gradcheck import layer_target as layer_target
from .random_cases import Coverage as Coverage
from .random_cases import RandomCases as RandomCases
from .random_cases import random_cases as random_cases
from .reference import run as run
from .shrinking import ShrunkFailure as ShrunkFailure
from .shrinking import shrink as shrink
from .surrogates import SurrogateReport as SurrogateReport
from .surrogates import check_smooth_step as check_smooth_step
from .surrogates import check_spike as check_spike
from .surrogates import check_surrogate as check_surrogate
from .surrogates import identify_surrogate as identify_surrogate

__all__: list[str]
