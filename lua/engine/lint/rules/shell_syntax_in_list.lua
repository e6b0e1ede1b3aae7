--- Lint rule L011: shell syntax in a command that no shell reads.
local SYNTAX = {
  ["|"] = true, ["||"] = true, ["&&"] = true, [">"] = true, [">>"] = true, ["<"] = true,
  ["2>&1"] = true, ["2>"] = true,
}
-- Programs to which these are words of their own language.
local OWN = { test = true, ["["] = true, expr = true, jq = true, awk = true, echo = true,
  printf = true, sh = true, bash = true, grep = true, sed = true }

--- Each as a text of its own: in quotes, or behind the line end that a text in three begins with.
local function quoted()
  local words = {}
  for word in pairs(SYNTAX) do
    for _, form in ipairs({ '"%s"', "'%s'", '\n%s"', "\n%s'" }) do
      words[#words + 1] = form:format(word)
    end
  end
  table.sort(words)
  return words
end

local function judge(cx, node)
  local list = node.command
  if type(list) ~= "table" or OWN[list[1]] then
    return
  end
  for i, word in ipairs(list) do
    if SYNTAX[word] then
      cx:report({
        place = cx:item(list, i),
        message = ("`%s` is an argument here: no shell reads a list"):format(word),
        help = "write the command as text",
      })
      return
    end
  end
end

return {
  code = "L011",
  name = "shell-syntax-in-list",
  severity = "warning",
  needs = { words = quoted() },
  docs = {
    summary = "Shell syntax in a list",
    why = [[
A list is executed as is. The program gets `|`, `&&` or `>` as an argument like any other; nothing
is piped and nothing is written to a file.]],
    bad = [==[
[[steps]]
name = "count"
command = ["ls", "/", "|", "wc", "-l"]
expect.stdout.lines = 1
]==],
    good = [==[
[[steps]]
name = "count"
command = "ls / | wc -l"
expect.stdout.lines = 1
]==],
  },
  tests = {
    ok = {
      '[[steps]]\nname = "a"\ncommand = ["expr", "1", ">", "0"]\n',
      '[[steps]]\nname = "a"\ncommand = ["sh", "-c", "a | b"]\n',
    },
    bad = { { code = '[[steps]]\nname = "a"\ncommand = ["make", "&&", "ls"]\n', at = { 4, 20 } } },
  },
  visit = {
    step = judge,
    service = judge,
  },
}
