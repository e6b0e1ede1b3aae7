--- Lint rule L105: a template that holds the time of the day.
local function is_seeded(cx)
  local file = cx.nodes.file and cx.nodes.file[1]
  if file then
    local determinism = file.determinism
    return type(determinism) == "table" and determinism.freeze_clock ~= nil
  end
  return cx.text:find("%[determinism%]") ~= nil
    and cx.text:find("%f[%w_]freeze_clock%f[^%w_]%s*=") ~= nil
end

return {
  code = "L105",
  name = "clock-in-template",
  severity = "warning",
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
      '[determinism]\nfreeze_clock = "2025-01-01T00:00:00Z"\n[vars]\nx = "{{ now_unix() }}"\n',
    },
    bad = { { code = '[vars]\nx = "{{ now_unix() }}"\n', at = { 3, 6 } } },
  },
  visit = {
    template_tag = function(cx, tag)
      local name = tag.text:match("%f[%w_](now_?%w*)%s*%(") or tag.text:match("(date_rfc3339)%s*%(")
      if name and not is_seeded(cx) then
        cx:report({
          place = tag,
          message = ("%s() is another time on each run"):format(name),
          help = "set [determinism] freeze_clock",
        })
      end
    end,
  },
}
