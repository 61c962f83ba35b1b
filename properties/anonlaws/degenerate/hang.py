"""Reads all and answers nothing."""

import time

time.sleep(1000)
