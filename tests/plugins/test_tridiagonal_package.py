"""The package with an opaque forward, built, installed and checked as a stranger's is."""


def test_the_op_of_the_installed_package_is_proven(installed, checked):
    site = installed("mutorch_ops_tridiagonal")
    assert checked(site, "tridiagonal", "mutorch-ops-tridiagonal>=0.1").startswith("1 op: 1 proven")
