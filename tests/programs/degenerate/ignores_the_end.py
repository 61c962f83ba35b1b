"""Answers as it should, and stays when there is nothing more to answer; so does a process that it started."""

import subprocess
import time

import tally

child = subprocess.Popen(["sleep", "1000"])
tally.CAPABILITIES["tally.child"] = {"pid": child.pid}
tally.serve()
time.sleep(1000)
