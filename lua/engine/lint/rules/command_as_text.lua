--- Lint rule L004: a list of one item that is really a text.
--- Looks at one key that holds a command.
local function judge(key)
  return function(cx, node)
    local list = node[key]
    if type(list) ~= "table" or #list ~= 1 or type(list[1]) ~= "string" or list[2] ~= nil
      or not list[1]:find("%s") or list[1]:match("^%s*$") then
      return
    end
    local item = cx:item(list, 1)
    cx:report({
      node = node,
      key = key,
      message = "a list of one item that holds blanks is run by the shell",
      help = "write it as text, or as a list of words",
      fix = cx:replace(cx:value(node, key), cx:source(item)),
      fix_message = "write it as text",
    })
  end
end

return {
  code = "L004",
  name = "command-as-text",
  severity = "warning",
  fix = "safe",
  needs = { facts = { "blank command" } },
  docs = {
    summary = "A command of one item that holds blanks",
    why = [[
A list is the argv, executed as is; a list of one item that holds blanks cannot be meant so, and is
run by the shell, as an old habit. Written as text it says what happens.]],
    bad = [==[
[[steps]]
name = "say"
command = ["echo hello world"]
expect.stdout.contains = "hello"
]==],
    good = [==[
[[steps]]
name = "say"
command = "echo hello world"
expect.stdout.contains = "hello"
]==],
  },
  tests = {
    ok = {
      '[[steps]]\nname = "a"\ncommand = ["ls"]\n',
      '[services.a]\nentrypoint = ["sh", "-c"]\ncommand = ["a b"]\n', -- as it is
    },
    bad = {
      {
        code = '[[steps]]\nname = "a"\ncommand = [\n  \'a "b" c\',\n] # why\n',
        at = { 4, 11 },
        fixed = '[[steps]]\nname = "a"\ncommand = \'a "b" c\' # why\n',
      },
      { -- a comment in the list would be lost
        code = '[[steps]]\nname = "a"\ncommand = [ # why\n  "a b",\n]\n',
        fixed = '[[steps]]\nname = "a"\ncommand = [ # why\n  "a b",\n]\n',
      },
    },
  },
  visit = {
    step = judge("command"),
    scenario = judge("run"),
  },
}
