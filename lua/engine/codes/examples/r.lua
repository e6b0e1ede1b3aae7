--- Examples of family R: templates.  See engine.codes.examples for the form.
local STEP = '[[steps]]\nname = "say"\ncommand = ["echo", "hi"]\n'

---@type table<string, engine.codes.Example>
return {
  R001 = {
    bad = STEP .. 'stdin = "{% if x %}yes{% endif %}"\n',
    good = STEP .. 'stdin = "yes"\n',
  },
}
