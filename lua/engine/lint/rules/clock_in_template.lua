--- Lint rule L105: a template that holds the time of the day.
local tags = require("engine.lint.tags")

return {
  code = "L105",
  name = "clock-in-template",
  severity = "warning",
  needs = { words = { { "{{", "{%" }, { "now", "date_rfc3339" } }, facts = {} },
  docs = {
    summary = "The time of the day in a template",
    why = [[
The text of the test changes from second to second. With `freeze_clock` of `[determinism]` the clock
stands still.]],
    bad = [==[
[[steps]]
name = "call"
command = ["echo", "{{ now_rfc3339() }}"]
expect.stdout.lines = 1
]==],
    good = [==[
[[steps]]
name = "call"
command = ["echo", "2025-01-01T00:00:00Z"]
expect.stdout.lines = 1
]==],
  },
  tests = {
    ok = {
      '# {# {{ now_unix() }} #}\n',
      "x = '{% raw %}{{ now() }}{% endraw %}'\n",
      "x = '{{ \"now()\" }}'\n",
      "[vars]\nx = '{{ \"a\nnow()\" }}'\n",
      '[determinism]\nfreeze_clock = "2025-01-01T00:00:00Z"\n[vars]\nx = "{{ now_unix() }}"\n',
    },
    bad = {
      { code = '[vars]\nx = "{{ now_unix() }}"\n', at = { 3, 6 } },
      { code = "[vars]\nx = \"\"\"{{ 'a\nb' ~ now() ~ 'c' }}\"\"\"\n", at = { 3, 8 } },
    },
  },
  visit = {
    template_tag = function(cx, tag)
      local code = tags.unquoted(tag.text)
      local name = code:match("%f[%w_](now_?%w*)%s*%(") or code:match("(date_rfc3339)%s*%(")
      if name and not cx:sets_determinism("freeze_clock") then
        cx:report({
          place = tag,
          message = ("%s() is another time on each run"):format(name),
          help = "set [determinism] freeze_clock",
        })
      end
    end,
  },
}
