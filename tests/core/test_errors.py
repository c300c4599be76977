"""The tree of exceptions, and errors that are also of a library's own type."""

from __future__ import annotations

import inspect

import pytest

from mutorch_core import errors
from mutorch_core.errors import MutorchError, OperandError, of_all, refused

TREE = {
    "DeclarationError": ("MutorchError", TypeError),
    "UnknownName": ("DeclarationError", TypeError),
    "MissingRule": ("DeclarationError", TypeError),
    "CotangentError": ("MutorchError", ValueError),
    "OperandError": ("MutorchError", TypeError),
    "NotScalar": ("MutorchError", ValueError),
    "NotTracked": ("MutorchError", RuntimeError),
    "Released": ("MutorchError", RuntimeError),
    "AnomalyDetected": ("MutorchError", ArithmeticError),
    "MissingOperator": ("MutorchError", TypeError),
    "MissingFramework": ("MutorchError", ImportError),
    "PluginError": ("MutorchError", RuntimeError),
    "Broken": ("PluginError", ImportError),
    "Conflict": ("PluginError", RuntimeError),
    "Disabled": ("PluginError", RuntimeError),
    "Incompatible": ("PluginError", RuntimeError),
}


@pytest.mark.parametrize(("name", "bases"), TREE.items())
def test_an_error_derives_from_its_parent_and_from_a_builtin_exception(name, bases):
    parent, builtin = bases
    error = getattr(errors, name)
    assert getattr(errors, parent) in error.__bases__
    assert issubclass(error, builtin)
    assert issubclass(error, MutorchError)
    assert error.__doc__


def test_the_tree_is_complete_and_drawn_in_the_docstring():
    defined = {name for name, kind in vars(errors).items() if inspect.isclass(kind) and issubclass(kind, MutorchError)}
    assert defined == {*TREE, "MutorchError"}
    assert all(name in errors.__doc__ for name in defined)


@pytest.mark.parametrize(
    ("like", "kinds"),
    [
        (IndexError, [IndexError, LookupError]),
        (ZeroDivisionError, [ZeroDivisionError, ArithmeticError]),
        (ValueError, [ValueError]),
        (type("Own", (ValueError,), {}), [ValueError]),
        (type("Two", (ValueError, KeyError), {}), [ValueError, KeyError]),
    ],
)
def test_a_refusal_is_of_the_librarys_type_and_an_operand_error(like, kinds):
    error = refused("text", like)
    assert isinstance(error, OperandError)
    assert all(isinstance(error, kind) for kind in kinds)
    assert (type(error).__name__, type(error).__module__) == ("OperandError", "mutorch_core.errors")
    assert error.args == ("text",)


@pytest.mark.parametrize("like", [TypeError, Exception, MutorchError, OperandError])
def test_a_refusal_of_a_type_that_an_operand_error_has_already_is_a_plain_one(like):
    assert type(refused("text", like)) is OperandError


@pytest.mark.parametrize("like", [OSError, ImportError, UnicodeDecodeError, StopIteration, SyntaxError])
def test_a_refusal_can_be_of_a_builtin_type_with_fields_beyond_its_text(like):
    error = refused("text", like)
    assert isinstance(error, like)
    assert isinstance(error, OperandError)
    assert error.args == ("text",)


def test_the_class_for_a_set_of_builtin_exceptions_is_made_once():
    assert type(refused("a", IndexError)) is type(refused("b", IndexError)) is of_all((IndexError,))
