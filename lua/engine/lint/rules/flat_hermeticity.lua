--- Lint rule L604: the flat keys of [expect.hermeticity].
local spelling = require("engine.lint.spelling")

local KEYS = {
  resource_attrs_must_match = "resource_attrs.must_match",
  span_attrs_forbid_keys = "span_attrs.forbid_keys",
}

return {
  code = "L604",
  name = "flat-hermeticity",
  severity = "warning",
  default = false,
  fix = "safe",
  needs = {
    words = { "resource_attrs_must_match", "span_attrs_forbid_keys" },
    facts = { "file.expect" },
  },
  docs = {
    summary = "A flat key of hermeticity",
    why = [[
`resource_attrs_must_match` means `resource_attrs.must_match`, `span_attrs_forbid_keys` means
`span_attrs.forbid_keys`.]],
    bad = [==[
[[steps]]
name = "list"
command = ["ls"]
[expect.hermeticity]
span_attrs_forbid_keys = ["net.peer.name"]
]==],
    good = [==[
[[steps]]
name = "list"
command = ["ls"]
]==],
  },
  tests = {
    ok = { '[expect.hermeticity]\nspan_attrs.forbid_keys = ["a"]\n' },
    bad = {
      {
        code = '[expect.hermeticity]\nspan_attrs_forbid_keys = ["a"] # none\n'
          .. '[expect.hermeticity.resource_attrs_must_match]\n"a.b" = "c"\n',
        count = 2,
        fixed = '[expect.hermeticity]\nspan_attrs.forbid_keys = ["a"] # none\n'
          .. '[expect.hermeticity.resource_attrs.must_match]\n"a.b" = "c"\n',
      },
      {
        code = 'expect.hermeticity = { resource_attrs_must_match = { a = 1 } }\n',
        fixed = 'expect.hermeticity = { resource_attrs.must_match = { a = 1 } }\n',
      },
    },
  },
  visit = {
    expect = function(cx, expect)
      local raw = expect.hermeticity
      for flat, path in pairs(type(raw) == "table" and KEYS or {}) do
        if raw[flat] ~= nil then
          local offset, stop, at = cx.positions:key(raw, flat)
          cx:report({
            place = { offset = offset, stop = stop, at = at },
            message = ("`%s` is written `%s`"):format(flat, path),
            fix = raw[path:match("^[^.]+")] == nil and spelling.rename(cx, raw, flat, path) or nil,
            fix_message = ("write `%s`"):format(path),
          })
        end
      end
    end,
  },
}
