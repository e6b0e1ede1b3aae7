--- Lint rule L607: variables or attributes as a list of "NAME=value".
--- Writes a name as a key.
local function key_of(name)
  return name:find("^[%w_-]+$") and name or ('"%s"'):format(name)
end

--- Writes the list as a table, when each item is plain.
local function as_table(cx, list)
  local parts, seen = {}, {}
  for i, item in ipairs(list) do
    local name, value = tostring(item):match("^([^=]+)=(.*)$")
    local source = cx:source(cx:item(list, i))
    local quote = source:sub(1, 1)
    if type(item) ~= "string" or not name or seen[name] or name:find("[\"\\%c]")
      or source ~= quote .. item .. quote or value:find(quote, 1, true) then
      return nil
    end
    seen[name], parts[i] = true, ("%s = %s%s%s"):format(key_of(name), quote, value, quote)
  end
  return parts[1] and "{ " .. table.concat(parts, ", ") .. " }" or nil
end

local function judge(cx, t, k)
  local list = t[k]
  if type(list) ~= "table" or type(list[1]) ~= "string" then
    return
  end
  local place = cx:item(t, k)
  local source, text = cx:source(place), as_table(cx, list)
  local is_plain = text and not source:find("\n[^\n]*#") and not source:find("#[^\n]*\n")
  cx:report({
    place = place,
    message = "a table says which is the name and which the value",
    fix = is_plain and cx:replace(place, text) or nil,
    fix_message = "write it as a table",
  })
end

local function env(cx, node)
  judge(cx, node.checked.raw, node.checked.spelt.env or "env")
end

return {
  code = "L607",
  name = "pairs-as-list",
  severity = "warning",
  default = false,
  fix = "safe",
  needs = { words = { "env", "attrs" } },
  docs = {
    summary = "A list of \"NAME=value\"",
    why = [[
A table says which is the name and which the value, and an editor can complete it. Lists with
comments in them, and texts with escapes, are told and left to you.]],
    bad = [==[
[[steps]]
name = "list"
command = ["ls"]
env = ["A=1", "B=two"]
]==],
    good = [==[
[[steps]]
name = "list"
command = ["ls"]
env = { A = "1", B = "two" }
]==],
  },
  tests = {
    ok = { '[room]\nenv = { A = "1" }\n' },
    bad = {
      {
        code = "[room]\nenv = [\n  'A=x \"y\"',\n  \"b.c=\",\n]\n",
        at = { 3, 7 },
        fixed = "[room]\nenv = { A = 'x \"y\"', \"b.c\" = \"\" }\n",
      },
      { code = '[room]\nenv = [\n  "A=1", # one\n]\n' },
      { code = '[room]\nenv = ["A=\\n"]\n' },
      {
        code = '[[expect.span]]\nattrs.any = ["a.b=c", "d=*"]\n',
        fixed = '[[expect.span]]\nattrs.any = { "a.b" = "c", d = "*" }\n',
      },
    },
  },
  visit = {
    room = env,
    service = env,
    step = env,
    span = function(cx, span)
      if type(span.attrs) == "table" then
        judge(cx, span.attrs, "any")
      end
    end,
  },
}
