"""Depth and memory: a graph may be a million nodes deep and is freed the moment nobody needs it."""

import contextlib
import copy
import gc
import pickle
import sys

import fresh
import pytest

import autograd
from autograd import Value

MILLION = """
    import gc, sys
    gc.disable()
    limit = sys.getrecursionlimit()
    import autograd
    from autograd import Value
    from autograd.graph import topological_order
    before = sys.getallocatedblocks()
    x = Value(1.0)
    y = x
    for _ in range(1_000_000):
        y = y + x
    print(y.data)
    y.backward()
    print(x.grad)
    print(len(topological_order(y)[0]))
    del y
    print(sys.getallocatedblocks() - before < 1000)
    print(sys.getrecursionlimit() == limit)
    print(len(repr(x)) < 100)
"""


def live_values():
    return sum(type(o) is Value for o in gc.get_objects())


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


# -- depth -------------------------------------------------------------------------------------------------------------


def test_a_million_deep_chain_runs_forward_backward_and_is_freed():
    # FAULTS D1, FAULTS D3, FAULTS D4: with the cycle collector off and the recursion limit as it was
    printed = fresh.run(MILLION).split()
    assert printed == ["1000001.0", "1000001.0", "1000000", "True", "True", "True"]


def test_a_deep_chain_of_every_kind_of_node_is_freed_without_recursion():
    # FAULTS D4: one and two parents, many parents, closures
    program = """
        import gc, sys
        gc.disable()
        import autograd
        from autograd import Value
        x = Value(0.5)
        for make in (lambda y: -y, lambda y: autograd.fsum([y, x, x]), lambda y: x * y, lambda y: y.tanh(),
                     lambda y: autograd.neuron([y], [x], x), lambda y: Value(y.data, (y, x), "mine")):
            before = sys.getallocatedblocks()
            y = x
            for _ in range(100_000):
                y = make(y)
            del y
            print(sys.getallocatedblocks() - before < 10_000)  # CPython keeps some thousand empty tuples
    """
    assert fresh.run(program).split() == ["True"] * 6


def test_importing_and_using_the_package_leaves_the_recursion_limit_alone():
    # FAULTS D3
    program = """
        import sys
        sys.setrecursionlimit(777)
        from autograd import Value
        y = x = Value(1.0)
        for _ in range(5000):
            y = y * 1.0
        y.backward()
        print(sys.getrecursionlimit(), x.grad)
    """
    assert fresh.run(program).split() == ["777", "1.0"]


def test_a_neuron_may_have_a_thousand_inputs():
    # FAULTS D2
    w = [Value(1.0) for _ in range(1000)]
    x = [Value(float(i)) for i in range(1000)]
    out = autograd.neuron(w, x, Value(0.5), autograd.relu)
    out.backward()
    assert out.data == 499500.5
    assert [wi.grad for wi in w] == [xi.data for xi in x]
    opened = out.row.define(*out.parents)
    opened.backward()
    assert [wi.grad for wi in w] == [2 * xi.data for xi in x]


def test_two_thousand_losses_can_be_added_with_the_builtin_sum():
    # FAULTS D2
    w = Value(2.0)
    total = sum((w * float(i) for i in range(2000)), Value(0.0))
    total.backward()
    assert w.grad == 1999000.0


@pytest.mark.parametrize("name", ["sum", "fsum", "mean"])
def test_two_hundred_thousand_terms_are_one_node(name):
    # FAULTS D2
    x = Value(1.0)
    out = getattr(autograd, name)([x] * 200_000)
    assert len(out.parents) == 200_000
    out.backward()
    assert x.grad == pytest.approx(1.0 if name == "mean" else 200_000.0, rel=1e-9)


def test_a_running_total_may_be_kept_over_a_whole_training():
    # FAULTS R3
    w, total = Value(1.0), Value(0.0)
    for _ in range(5000):
        total = total + w * 2.0
    total.backward()
    assert w.grad == 10000.0


def test_a_thousand_doublings_are_walked_once_each():
    # FAULTS D9: 2**1000 paths
    x = Value(1.0)
    y = x
    for _ in range(1000):
        y = y + y
    y.backward()
    assert (y.data, x.grad) == (2.0**1000, 2.0**1000)


def test_a_thousand_squarings_of_one_are_walked_once_each():
    # FAULTS D9
    x = Value(1.0)
    y = x
    for _ in range(1000):
        y = y * y
    y.backward()
    assert x.grad == 2.0**1000


# -- copies ------------------------------------------------------------------------------------------------------------

COPIES = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": lambda v: pickle.loads(pickle.dumps(v)),
    "pickle 2": lambda v: pickle.loads(pickle.dumps(v, protocol=2)),
}


@pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)
def test_a_computed_value_refuses_to_be_copied(duplicate):
    # FAULTS D5: a copy would push its gradients into the originals, or nowhere
    with pytest.raises(TypeError, match=r"a computed Value \(op '\*'\) cannot be copied or pickled.*detach\(\)"):
        duplicate(Value(2.0) * 3)


def test_a_list_with_a_computed_value_refuses_a_deepcopy():
    # FAULTS D5
    x = Value(2.0)
    with pytest.raises(TypeError, match="cannot be copied"):
        copy.deepcopy([x, x * x])


def test_a_deep_graph_refuses_a_deepcopy_without_recursion():
    # FAULTS D5
    y = Value(2.0)
    for _ in range(5000):
        y = y + 1
    with pytest.raises(TypeError, match="cannot be copied"):
        copy.deepcopy(y)


@pytest.mark.parametrize("data", [0.1, -0.0, 5e-324, 1.7976931348623157e308])
@pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)
def test_the_copy_of_a_leaf_has_the_same_bits_and_a_life_of_its_own(duplicate, data):
    # FAULTS D5, FAULTS D6
    x = Value(data, label="x")
    twin = duplicate(x)
    assert (twin.data.hex(), twin.label, twin.requires_grad) == (data.hex(), "x", True)
    twin.data = 7.0
    (twin * 2).backward()
    assert (x.data.hex(), x.grad) == (data.hex(), 0.0)


@pytest.mark.parametrize("duplicate", COPIES.values(), ids=COPIES)
def test_the_copy_of_a_constant_is_a_constant(duplicate):
    assert duplicate(Value(2.0, requires_grad=False)).requires_grad is False


def test_a_deepcopy_keeps_two_names_of_one_leaf_one_leaf():
    x = Value(2.0)
    a, b = copy.deepcopy([x, x])
    assert a is b


# -- nothing is kept ---------------------------------------------------------------------------------------------------


def test_a_dropped_graph_is_freed_at_once_without_the_collector(no_collector):
    # FAULTS R1
    x, w = Value(2.0), Value(3.0)
    before = live_values()
    loss = autograd.relu(autograd.neuron([w, x], [x, 1.5], w, autograd.tanh) + autograd.fsum([x, w, x]) ** 2)
    loss.backward()
    assert live_values() > before
    del loss
    assert live_values() == before
    assert gc.collect() == 0


def test_an_error_in_backward_keeps_nothing_alive(no_collector):
    before = live_values()
    x = Value(2.0)
    y = x * x * 3
    x.data = 1.0
    with contextlib.suppress(RuntimeError):
        y.backward()
    del x, y
    assert live_values() == before


def test_a_value_refers_to_its_parents_and_nothing_else_of_the_graph(no_collector):
    # FAULTS R1: no reference to itself, so no cycle
    x = Value(2.0)
    y = x * x
    y.backward()
    seen, stack = set(), [y]
    while stack:
        for o in gc.get_referents(stack.pop()):
            if isinstance(o, (Value, tuple)) and id(o) not in seen:
                seen.add(id(o))
                stack.append(o)
    assert id(x) in seen
    assert id(y) not in seen


def test_a_thousand_training_steps_do_not_grow_the_process():
    # FAULTS R1: with the collector off; blocks counted, not the noise of the operating system
    program = """
        import gc, sys
        import autograd
        from autograd import Value
        gc.disable()
        w = [Value(0.1 * i) for i in range(8)]
        def step():
            h = [autograd.neuron(w[:4], [Value(1.0), w[5], 0.5, w[6]], w[7], autograd.tanh) for _ in range(4)]
            loss = autograd.mean([(hi - 0.3) ** 2 for hi in h]) + autograd.logsumexp(h)
            loss.backward()
            for p in w:
                p.data = p.data - 0.01 * p.grad
                p.grad = 0.0
            return loss.data
        gc.collect()  # what the imports have left
        for _ in range(1000):  # until the interpreter's own stock of freed tuples is full, 2000 of each length
            step()
        before = sys.getallocatedblocks()
        for _ in range(1000):
            step()
        print(sys.getallocatedblocks() - before, gc.collect())
    """
    growth, garbage = map(int, fresh.run(program).split())
    assert growth < 200
    assert garbage == 0


def test_a_history_of_numbers_keeps_no_graph(no_collector):
    # FAULTS R2
    x = Value(2.0)
    before = live_values()
    history = []
    for _ in range(50):
        loss = (x * x + 1) * 2
        history.append(loss.item())
    del loss
    assert live_values() == before
    assert history == [10.0] * 50


def test_detach_lets_go_of_the_history(no_collector):
    # FAULTS R2
    x = Value(2.0)
    before = live_values()
    kept = [(x * x + 1).detach() for _ in range(50)]
    assert live_values() == before + len(kept)


def test_no_grad_keeps_nothing_alive(no_collector):
    x = Value(2.0)
    before = live_values()
    with autograd.no_grad():
        y = x
        for _ in range(50):
            y = y * x
    assert live_values() == before + 1


def test_a_node_is_small():
    # 168 bytes an operation with the float and the place in the collector's list
    x = Value(2.0)
    y = x * x
    assert sys.getsizeof(y) <= 120
    assert not hasattr(y, "__dict__")


def test_constant_exponents_do_not_pile_up():
    from autograd import ops

    x = Value(1.5)
    for i in range(3000):
        x ** (i / 8)
    assert ops.power.cache_info().currsize <= 1024


def test_a_program_that_ends_in_the_middle_of_a_deep_graph_ends_in_peace():
    program = """
        from autograd import Value
        y = Value(1.0)
        for _ in range(200_000):
            y = y + 1
        print(y.data)
    """
    assert fresh.run(program, "-X", "dev", "-W", "error").strip() == "200001.0"


def test_the_engine_imports_without_touching_anything_heavy():
    heavy = {"numpy", "sklearn", "matplotlib", "graphviz", "tqdm", "nn", "viz"}
    loaded = fresh.run("import sys, autograd; print(*sys.modules)").split()
    assert not heavy & set(loaded)
