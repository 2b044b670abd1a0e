"""An attribute that is made when it is first read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

T = TypeVar("T")


class lazy(Generic[T]):  # noqa: N801 - it is written as a decorator
    """Make an attribute when it is first read, and keep it in the instance; several threads get the same one.

    Before Python 3.12 functools.cached_property locks all instances meanwhile: two threads whose attributes need others
    of them wait for ever. Here both may make one, and the first is kept.

    >>> class Square:
    ...     side = 3.0
    ...     @lazy
    ...     def area(self):
    ...         return self.side**2
    >>> Square().area
    9.0
    """

    def __init__(self, make: Callable[[Any], T]):
        self.make, self.__doc__ = make, make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> lazy[T]: ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> Any:
        if instance is None:
            return self
        made = self.make(instance)  # before anything is looked up: making it may read it
        return vars(instance).setdefault(self.name, made)
