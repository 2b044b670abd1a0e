#!/usr/bin/env python3
"""Set glassgrad up in a virtual environment of its own and run its jobs.

Standard library only. The text parses on Python 2.7 and later (no f-strings, no annotations), so that an old Python
prints a sentence and not a SyntaxError; everything after `check_python` runs on 3.10 and later.
"""

from __future__ import print_function

import argparse
import contextlib
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.realpath(__file__))
OLDEST = (3, 10)
PACKAGES = ("autograd", "nn", "viz")
DEMO_EXTRAS = ("data", "plots", "progress", "native", "dot")
TEST_EXTRAS = DEMO_EXTRAS + ("test",)
DEMO_RUNS = ("digits", "moons", "xor")
PEERS = ("micrograd==0.1.0", "torch==2.13.0", "jax==0.10.2", "numpy", "llvmlite>=0.45")  # the last two are for us
PEERS_PYTHON = (3, 11)
STAMP = "glassgrad-setup.json"
WITHOUT = {
    "scikit-learn": "the data sets digits, iris, wine and breast_cancer",
    "matplotlib": "the plots of loss, boundary and confusion",
    "tqdm": "the progress bar",
    "pygraphviz": "pictures of graphs, unless Graphviz's own program dot is on PATH",
    "ipykernel": "running the notebooks",
    "nbclient": "running the notebooks",
    "nbformat": "running the notebooks",
}


class SetupError(Exception):
    """One sentence that says what is wrong and what to do; the script ends with status 2."""


def say(text):
    print(text)
    sys.stdout.flush()


# Interpreters

PROBE = (
    "import json, platform, sys, sysconfig; print(json.dumps([list(sys.version_info[:3]),"
    " platform.python_implementation(), bool(sysconfig.get_config_var('Py_GIL_DISABLED'))]))"
)


def check_python():
    if sys.version_info < OLDEST:
        raise SetupError(
            "this is Python %d.%d, and glassgrad needs 3.10 or newer: %s."
            % (sys.version_info[0], sys.version_info[1], newer_python_advice())
        )


def newer_python_advice():
    for _version, python, _free_threaded in reversed(interpreters()):
        return "run `%s dev.py %s`" % (python, " ".join(sys.argv[1:] or ["demo"]))
    return "install one (python.org, or your system's packages) and run the same command with it"


def interpreters():
    """Return (version, path, free-threaded) of every CPython from 3.10 on that is found, oldest first, none twice."""
    found = {}
    for path in candidate_paths():
        version, implementation, free_threaded = probe(path)
        if implementation == "CPython" and version >= OLDEST:
            found.setdefault((version, free_threaded), path)
    return [(version, path, free_threaded) for (version, free_threaded), path in sorted(found.items())]


def probe(python):
    """Return (version, implementation, free-threaded) of a Python; version (0,) if it is none."""
    said = output_of([python, "-c", PROBE])
    version, implementation, free_threaded = json.loads(said) if said.startswith("[") else ([0], "", False)
    return tuple(version), implementation, free_threaded


def output_of(command):
    """Return what a command prints, or "" if it cannot be run or fails; also on Python 2."""
    try:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError:
        return ""
    said = process.communicate()[0].decode("utf-8", "replace").strip()
    return said if process.returncode == 0 else ""


def candidate_paths():
    """Return every file that may be a Python, each once: the running one, PATH's, pyenv's, the Windows launcher's."""
    pyenv = output_of(["pyenv", "root"])
    folders = [folder for folder in os.environ.get("PATH", "").split(os.pathsep) if folder != pyenv + "/shims"]
    folders += sorted(glob.glob(pyenv + "/versions/*/bin")) if pyenv else []
    launched = [re.split(r"\s+[*]?\s*", line.strip(), maxsplit=1)[-1] for line in output_of(["py", "-0p"]).splitlines()]
    paths = [sys.executable] + [path for folder in folders for path in pythons_in(folder)] + launched
    once = {}
    for path in paths:
        once.setdefault(os.path.realpath(path), path)
    return sorted(once.values())


def pythons_in(folder):
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return [os.path.join(folder, name) for name in names if re.match(r"python(3(\.\d+t?)?)?(\.exe)?$", name)]


# What may be in the way


def shadowing_files(folders):
    """Return the files in these folders that Python would import in place of glassgrad's packages."""
    files = [os.path.join(folder, name + ".py") for folder in folders for name in PACKAGES]
    foreign = [os.path.join(folder, "autograd", "__init__.py") for folder in folders]
    return [path for path in files if os.path.isfile(path)] + [path for path in foreign if is_foreign(path)]


def is_foreign(path):
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return b"__glassgrad__" not in file.read()


def here_and_root():
    return sorted({os.getcwd(), ROOT})


def distributions(folders, name):
    """Return the installed distributions of that name, as importlib.metadata sees them."""
    from importlib.metadata import distributions as search

    return list(search(path=list(folders), name=name))


def foreign_distributions(folders):
    """Return (name, folder) of each distribution in glassgrad's place: HIPS autograd, or a stranger's glassgrad."""
    hips = distributions(folders, "autograd")
    strangers = [found for found in distributions(folders, "glassgrad") if not is_ours(found)]
    return [(found.metadata["Name"], str(found.locate_file(""))) for found in hips + strangers]


def is_ours(distribution):
    return any(script.value == "nn.__main__:main" for script in distribution.entry_points)


def check_nothing_in_the_way(environment):
    for path in shadowing_files(here_and_root()):
        raise SetupError("%s hides a package of glassgrad: rename that file and run this again." % path)
    for name, folder in foreign_distributions(environment.site_packages()):
        raise SetupError(
            "the distribution %s in %s is not glassgrad's and takes its place: delete the folder %s and run this again."
            % (name, folder, environment.name)
        )


# The virtual environment


@contextlib.contextmanager
def one_setup_at_a_time():
    """Let a second dev.py wait until the first has finished installing (where the system has file locks)."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with open(os.path.join(ROOT, ".setup.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Environment(object):
    """A virtual environment in the checkout: made, completed, and believed only once its stamp is written.

    The stamp is the last thing written. While it says "unfinished", the folder is thrown away and made again.
    """

    def __init__(self, name, python, install, extras=()):
        self.name = name
        self.folder = os.path.join(ROOT, name)
        self.base = python
        self.install = list(install)
        self.extras = list(extras)

    # where things are

    def program(self, name):
        windows = os.name == "nt"
        return os.path.join(self.folder, "Scripts" if windows else "bin", name + (".exe" if windows else ""))

    @property
    def python(self):
        return self.program("python")

    def site_packages(self):
        pattern = ("Lib",) if os.name == "nt" else ("lib", "python3*")
        return glob.glob(os.path.join(glob.escape(self.folder), *(pattern + ("site-packages",))))

    # the stamp

    @property
    def stamp_path(self):
        return os.path.join(self.folder, STAMP)

    def stamp(self):
        """Return what the stamp says: {} while unfinished, None when there is none."""
        if not os.path.isfile(self.stamp_path):
            return None
        with open(self.stamp_path) as file:
            return json.load(file)

    def write_stamp(self, content):
        with open(self.stamp_path + ".new", "w") as file:
            json.dump(content, file)
        os.replace(self.stamp_path + ".new", self.stamp_path)

    def wanted_stamp(self, extras):
        return {"root": ROOT, "settings": settings_digest(), "install": self.install, "extras": sorted(extras)}

    def is_ready(self):
        stamp = self.stamp() or {}
        extras = stamp.get("extras", [])
        return set(self.extras) <= set(extras) and stamp == self.wanted_stamp(extras) and os.path.exists(self.python)

    def is_usable(self):
        """Tell whether pip can complete it: finished once, not moved since, its Python and pip still there."""
        finished_here = (self.stamp() or {}).get("root") == ROOT
        return finished_here and output_of([self.python, "-I", "-m", "pip", "--version"]) != ""

    # making it

    def ensure(self):
        """Make it or complete it if need be; a ready one costs nothing."""
        with one_setup_at_a_time():
            if not self.is_ready():
                self.prepare()
        return self

    def prepare(self):
        extras = set(self.extras)
        if self.is_usable():
            extras.update(self.stamp()["extras"])
        else:
            self.make()
        self.write_stamp({})
        self.install_all(sorted(extras))
        self.write_stamp(self.wanted_stamp(extras))

    def make(self):
        self.check_it_is_ours()
        check_can_make_environments(self.base)
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder, exist_ok=True)
        self.write_stamp({})
        say("Making the virtual environment %s" % self.name)
        require(quietly([self.base, "-m", "venv", self.folder]), "the virtual environment could not be made")
        if not output_of([self.python, "-I", "-m", "pip", "--version"]):
            raise SetupError("pip is missing in %s: run `%s -m ensurepip` and try again." % (self.name, self.base))

    def check_it_is_ours(self):
        if os.path.lexists(self.folder) and self.stamp() is None and os.listdir(self.folder):
            raise SetupError("%s was not made by this script: rename or delete it, then run this again." % self.folder)

    def install_all(self, extras):
        """Install everything in one go; where a wheel is missing, one by one, going on without what cannot be had."""
        packages = requirements(extras)
        what = ["glassgrad"] * ("--editable" in self.install) + [distribution_name(line) for line in packages]
        say("Installing into %s (a minute or two): %s" % (self.name, ", ".join(what or self.install)))
        self.pip(["pip>=22.3"])
        done = self.pip(self.install + packages)
        if packages and "No matching distribution" in done.stdout:
            require(self.pip(self.install), "pip could not install %s" % " ".join(self.install))
            self.install_one_by_one(packages)
        else:
            require(done, "pip could not install what is needed")

    def install_one_by_one(self, packages):
        for package in packages:
            name = distribution_name(package)
            if self.pip([package]).returncode:
                say("No wheel of %s fits this Python, so %s is missing." % (name, WITHOUT.get(name, "what uses it")))

    def pip(self, arguments):
        """Install from wheels alone, so that no compiler is needed."""
        return quietly([self.python, "-m", "pip", "install", "--only-binary", ":all:"] + arguments)

    # using it

    def run(self, command):
        """Run a command of the environment in the checkout, visibly; return its exit status."""
        return subprocess.call(command, cwd=ROOT, env=self.variables())

    def variables(self):
        variables = clean_variables()
        variables["VIRTUAL_ENV"] = self.folder
        variables["PATH"] = os.path.dirname(self.python) + os.pathsep + variables.get("PATH", "")
        return variables


def settings_digest():
    digest = hashlib.sha256()
    for name in ("setup.cfg", "pyproject.toml"):
        with open(os.path.join(ROOT, name), "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


def requirements(extras):
    """Return the requirement lines of these extras of setup.cfg."""
    from configparser import ConfigParser

    parser = ConfigParser(interpolation=None)
    parser.read(os.path.join(ROOT, "setup.cfg"), encoding="utf-8")
    groups = [parser["options.extras_require"][extra] for extra in extras]
    return [line for group in groups for line in group.splitlines() if line]


def distribution_name(requirement):
    return re.match(r"[\w.-]+", requirement).group()


def check_can_make_environments(python):
    if output_of([python, "-c", "import ensurepip, venv; print('yes')"]) != "yes":
        raise SetupError(
            "%s has no venv or ensurepip: on Debian or Ubuntu run `apt install python3-venv`, elsewhere install Python "
            "from python.org, then run this again." % python
        )


def quietly(command):
    return subprocess.run(
        command,
        cwd=ROOT,
        env=clean_variables(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )


def require(done, sentence):
    if done.returncode:
        say("\n".join("    " + line for line in done.stdout.splitlines()[-15:]))
        raise SetupError(sentence + ": the lines above say why; mend that (the network?) and run this again.")


def clean_variables():
    """Return the process's variables without those that lead Python or pip out of the virtual environment."""
    leading_out = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")
    variables = {name: value for name, value in os.environ.items() if name not in leading_out}
    variables.update(PIP_USER="0", PIP_NO_INPUT="1", PIP_DISABLE_PIP_VERSION_CHECK="1", PYTHONNOUSERSITE="1")
    return variables


def main_environment(extras):
    # Inside an active environment, the Python that made it: it stays when .venv is made again.
    python = getattr(sys, "_base_executable", None) or sys.executable
    return Environment(".venv", python, ["--editable", "."], extras)


def set_up(extras):
    environment = main_environment(extras)
    check_nothing_in_the_way(environment)
    return environment.ensure()


# The jobs


def demo(options):
    environment = set_up(DEMO_EXTRAS)
    for name in DEMO_RUNS:
        folder = os.path.join("demo", name)
        for command in (["glassgrad-nn", "train", name, "--out", folder], ["glassgrad-viz", "run", folder]):
            say("\n$ " + " ".join(command))
            status = environment.run([environment.program(command[0])] + command[1:])
            if status:
                return status
    say("\nNow open demo/digits/confusion.png, then demo/xor/network.svg; and to read the source: autograd/ops.py.")
    return 0


def test(options):
    if options.python:
        return test_on_several(options.python, options.arguments)
    environment = set_up(TEST_EXTRAS)
    failed = lint(environment)
    status = environment.run([environment.python] + PYTEST + options.arguments)
    if failed:
        say("lint: %d passed, %d failed" % (len(LINT) - failed, failed))
    return status or int(failed > 0)


PYTEST = ["-m", "pytest", "-n", "auto"]  # a process for each core

LINT = (("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy",) + PACKAGES)


def lint(environment):
    """Run the checks of the text; return how many failed."""
    return sum(environment.run([environment.python, "-m"] + list(command)) != 0 for command in LINT)


def test_on_several(wanted, arguments):
    """Run the suite once per interpreter, each in an environment of its own, the checks of the text only once."""
    failed = lint(set_up(TEST_EXTRAS))
    results = [("lint", "failed" if failed else "passed", "%d of %d checks failed" % (failed, len(LINT)))]
    for version, python, free_threaded in chosen_interpreters(wanted):
        results.append(test_on(".".join(map(str, version)), python, free_threaded, arguments))
    return report(results)


def chosen_interpreters(wanted):
    found = [row for row in interpreters() if wanted == "all" or ".".join(map(str, row[0])).startswith(wanted)]
    if not found:
        raise SetupError("no CPython %s was found on PATH, in pyenv or by the py launcher." % wanted)
    return found


def test_on(version, python, free_threaded, arguments):
    say("\n== Python %s (%s)" % (version, python))
    if free_threaded:
        return version, "skipped", "a free-threaded build"
    environment = Environment(os.path.join(".venvs", version), python, ["--editable", "."], TEST_EXTRAS)
    try:
        environment.ensure()
    except SetupError as problem:
        return version, "failed", str(problem)
    status, last = run_and_keep_last_line(environment, [environment.python] + PYTEST + arguments)
    return version, "failed" if status else "passed", last


def run_and_keep_last_line(environment, command):
    """Show a command's output as it comes; return its exit status and the last line that is not empty."""
    last = ""
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment.variables(), stdout=subprocess.PIPE, encoding="utf-8", errors="replace"
    )
    for line in process.stdout:
        sys.stdout.write(line)
        last = line.strip("= \n") or last
    return process.wait(), last


def report(results):
    say("")
    for row in results:
        say("%-8s %-8s %s" % row)
    outcomes = [outcome for _, outcome, _ in results]
    counts = tuple(outcomes.count(outcome) for outcome in ("passed", "failed", "skipped"))
    say("%d passed, %d failed, %d skipped" % counts)
    return int("failed" in outcomes)


def bench(options):
    environment = set_up(DEMO_EXTRAS)
    if options.costs:
        return environment.run([environment.python, os.path.join("benchmarks", "costs.py")] + options.arguments)
    pythons = [path for version, path, free in interpreters() if version[:2] == PEERS_PYTHON and not free]
    if not pythons:
        raise SetupError(
            "the peers need Python %d.%d, and none was found: install it and run this again." % PEERS_PYTHON
        )
    peers = Environment(".venv-peers", pythons[-1], PEERS).ensure()
    program = [environment.python, os.path.join("benchmarks", "run.py"), "--peers", peers.python]
    return environment.run(program + options.arguments)


def campaign(options):
    environment = set_up(TEST_EXTRAS)
    return environment.run([environment.python, os.path.join("tests", "campaign.py")] + options.arguments)


def notebooks(options):
    environment = set_up(TEST_EXTRAS)
    return environment.run([environment.python, os.path.join("notebooks", "_execute.py")])


# The doctor


def doctor(options):
    environment = main_environment(DEMO_EXTRAS)
    rows = [check_base(), check_files()] + check_environment(environment)
    for trouble, subject, text in rows:
        say("%-8s %-14s %s" % ("problem" if trouble else "ok", subject, text))
    return int(any(trouble for trouble, _, _ in rows))


def check_base():
    name = "Python %d.%d.%d at %s" % (sys.version_info[:3] + (sys.executable,))
    try:
        check_can_make_environments(sys.executable)
    except SetupError as problem:
        return True, "python", str(problem)
    return False, "python", name + ", with venv and pip"


def check_files():
    folders = here_and_root() + [folder for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep) if folder]
    files = shadowing_files(folders)
    if files:
        return True, "files", "%s would be imported in place of glassgrad's packages: rename or move" % ", ".join(files)
    return False, "files", "no autograd.py, nn.py or viz.py hides a package, here, in the checkout or on PYTHONPATH"


def check_environment(environment):
    rows = [check_distributions(environment), check_stamp(environment)]
    if rows[-1][0] or not environment.is_ready():
        return rows
    return rows + [
        check(environment) for check in (check_pip, check_imports, check_drawing, check_extras, check_kernel)
    ]


def check_distributions(environment):
    foreign = foreign_distributions(environment.site_packages())
    foreign += [row for row in foreign_distributions(sys.path) if row[0] != "autograd" and row not in foreign]
    if foreign:
        places = ", ".join("%s in %s" % row for row in foreign)
        return True, "distributions", "not glassgrad's: uninstall " + places
    return False, "distributions", "no other distribution takes the names autograd or glassgrad"


def check_stamp(environment):
    if not os.path.lexists(environment.folder):
        return False, "environment", "not made yet: `python3 dev.py demo` makes it"
    if environment.stamp() is None:
        return True, "environment", "%s was not made by this script: rename or delete it" % environment.folder
    if not environment.is_ready():
        return False, "environment", "unfinished or out of date: the next `python3 dev.py demo` mends it"
    return False, "environment", environment.folder


def ask(environment, subject, code, good, bad):
    """Run Python code in the environment and outside the checkout; it fails by raising."""
    done = quietly([environment.python, "-I", "-c", code])
    if done.returncode:
        return True, subject, "%s (%s)" % (bad, (done.stdout.strip().splitlines() or ["no word"])[-1])
    return False, subject, good


def check_pip(environment):
    bad = "pip is missing: delete the folder %s and run `python3 dev.py demo`" % environment.name
    return ask(environment, "pip", "import pip", "can install", bad)


def check_imports(environment):
    code = "import autograd, nn, viz; autograd.__glassgrad__"
    bad = "the packages cannot be imported: delete the folder %s and run `python3 dev.py demo`" % environment.name
    return ask(environment, "packages", code, "autograd, nn and viz are glassgrad's", bad)


def check_drawing(environment):
    dot = shutil.which("dot")
    if dot and quietly([dot, "-V"]).returncode == 0:
        return False, "drawing", "by the program %s" % dot
    code = "import pygraphviz; pygraphviz.AGraph(string='digraph { a -> b }').draw(format='svg', prog='dot')"
    bad = "no SVG or PNG of a graph: install Graphviz (graphviz.org), or pygraphviz where it has a wheel"
    return ask(environment, "drawing", code, "by pygraphviz; the program dot is not on PATH, nor needed", bad)


def check_extras(environment):
    bad = "a part of `glassgrad[all]` is missing: delete the folder %s to try again" % environment.name
    return ask(environment, "extras", "import matplotlib, sklearn, tqdm", "scikit-learn, matplotlib and tqdm", bad)


def check_kernel(environment):
    if output_of([environment.python, "-I", "-c", "import ipykernel, nbclient; print('yes')"]):
        return False, "notebooks", "a Jupyter kernel is there"
    return False, "notebooks", "no Jupyter kernel yet: `python3 dev.py notebooks` installs one"


# The command line


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="dev.py",
        description=__doc__.split("\n")[0],
        epilog="Each job makes or reuses the virtual environment it needs; the second run starts at once.",
        allow_abbrev=False,
    )
    jobs = parser.add_subparsers(dest="job", metavar="JOB", required=True)
    add = add_job(jobs)
    add(demo, "train on digits, moons and XOR, and draw what happened, into the folder demo/")
    tests = add(test, "check the text (ruff, mypy), then run the tests; further arguments go to pytest")
    tests.add_argument("--python", metavar="VERSION", help="run on that version (3.12), or on `all` that are found")
    add(doctor, "say what is in order and what is in the way, and what to do about it")
    benches = add(
        bench,
        "compare with the peers, in an environment of their own; `eager` or `compiled` is a part; try --quick first",
    )
    benches.add_argument("--costs", action="store_true", help="what derivatives cost, without the peers: COSTS.md")
    add(campaign, "search long for wrong numbers; --full takes hours and writes benchmarks/RELIABILITY.md")
    add(notebooks, "run the notebooks again, in place")
    options, rest = parser.parse_known_args(arguments)
    if rest and options.run not in (test, bench, campaign):
        parser.error("unrecognized arguments: " + " ".join(rest))
    options.arguments = rest
    return options


def add_job(jobs):
    def add(job, text):
        parser = jobs.add_parser(job.__name__, help=text, description=text.capitalize() + ".", allow_abbrev=False)
        parser.set_defaults(run=job)
        return parser

    return add


def main(arguments=None):
    try:
        check_python()
        options = parse(arguments)
        return options.run(options)
    except (SetupError, OSError) as problem:
        sys.stdout.flush()
        sys.stderr.write("dev.py: %s\n" % problem)
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("\ndev.py: interrupted; the same command starts again where it can.\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
