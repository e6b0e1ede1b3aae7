--- Lint rule L403: a name with blanks around it.
local trim = require("engine.trim")

local function judge(cx, node)
  local name = node.name
  local is_padded = type(name) == "string" and (name:find("^%s") or name:find("^%s", -1))
  if not is_padded or not name:find("%S") then
    return
  end
  local place = cx:value(node, "name")
  local quote, inside = cx:source(place):match("^([\"'])(.*)%1$")
  cx:report({
    node = node,
    key = "name",
    message = "blanks around the name",
    help = "take them out",
    fix = quote and inside == name
      and cx:replace(place, quote .. trim.both(name) .. quote) or nil,
  })
end

return {
  code = "L403",
  name = "padded-name",
  severity = "warning",
  fix = "unsafe",
  needs = { facts = { "padded name" } },
  docs = {
    summary = "Blanks around a name",
    why = [[
A name is what reports show and `-k` selects by; blanks at its ends are seen by nobody and are part
of it all the same.]],
    bad = [==[
[[steps]]
name = "list "
command = ["ls"]
]==],
    good = [==[
[[steps]]
name = "list"
command = ["ls"]
]==],
  },
  tests = {
    bad = {
      {
        code = "[[steps]]\nname = ' a b '\ncommand = [\"ls\"]\n",
        at = { 3, 8 },
        fixed = "[[steps]]\nname = 'a b'\ncommand = [\"ls\"]\n",
      },
      { code = "[[steps]]\nname = 'a '\ncommand = [\"ls\"]\n", at = { 3, 8 } },
      { code = "[[steps]]\nname = ' a'\ncommand = [\"ls\"]\n", at = { 3, 8 } },
    },
  },
  visit = {
    step = judge,
    scenario = judge,
  },
}
