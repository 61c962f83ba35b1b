"""Has one counter, whatever it is called."""

import tally


class Leaky(tally.Program):
    def __init__(self):
        super().__init__()
        self.only = {}

    def act(self, question):
        said = super().act(question)
        if question["cmd"] == "start" and "out" in said:
            self.only.update(self.counters[question["subject"]])
            self.counters[question["subject"]] = self.only
        return said


tally.serve(program=Leaky())
