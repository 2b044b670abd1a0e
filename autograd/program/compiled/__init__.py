"""A function compiled: its arguments taken apart, its programs by shape, the executor that runs each, its results.

compile.py        what a user calls                       options.py
call.py           the arguments of a call                 rows.py
ready.py          a call like one that was answered       reading.py
specialised.py    the program of one shape of arguments   planned.py
engines.py        which engine runs it, and why           executor.py
results.py        from flat numbers to what is returned   views.py
checking.py       eager beside it, and the comparison
report.py         tables and figures for people
"""
