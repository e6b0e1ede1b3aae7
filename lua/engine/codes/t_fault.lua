--- Family T, fourth part: faults, T901 and on.
---@type table<string, engine.codes.Page>
return {
  T901 = {
    title = "A fault could not be made",
    text = [=[
A `[[fault]]`, or a function of `clnrm.chaos`, asks for something that cannot be done to this
service here, or that was not seen to have happened; the message says why. What a test would have
shown under the fault is not known, so the verdict is `error`, and no step behind it is run.]=],
  },
  T902 = {
    title = "A fault whose moment never came",
    text = [[
The steps of the scenario were over before the fault was to be made. A test of what happens under a
fault has shown nothing without it. Let it come earlier, or say `optional = true` where that is
meant. It is not told of a scenario that failed.]],
  },
  T903 = {
    title = "A fault could not be healed",
    text = [[
The fault was made, and what ends it was refused, by the engine, say; the message has its words.
What ran after that ran under a fault that was to be over. A service that does not come up again
after it was killed is told as every service that does not come up.]],
  },
}
