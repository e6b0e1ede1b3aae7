--- clnrm repl: Lua, a line at a time, with rooms that live as long as the session.
local exit_codes = require("engine.cli.exit_codes")

local M = {
  summary = "Runs Lua a line at a time, with rooms that stay alive.",
  usage = "clnrm repl [-e CODE] [-i FILE] [-]",
  examples = {
    { "clnrm repl", "a prompt; :help says what there is" },
    { "clnrm repl -e 'clnrm.open():exec(\"id\").stdout'", "one line, and its value" },
    { "clnrm -i setup.lua", "go on where a file ends" },
    { "echo 'x = 1' | clnrm repl", "lines of standard input" },
  },
  text = [[
The value of an expression is shown, and is _1, _2, ... and _ in the lines behind it.  Locals of a
line stay.  What is not complete goes on in the next line.  Ctrl-C leaves a line or interrupts what
runs, Ctrl-D ends the session and closes its rooms.  `name?` explains a name, `name??` shows its
source; Tab completes.  Without a terminal, and with -, lines come from standard input: the first
error ends it, with 1, or 2 where the text is no Lua.  With --format json each line gives one
object, and an error does not end it.  --backend says where rooms are made.
]],
  formats = { "json" },
  exits = { 0, 1, 2, 6, 143 },
}

---@param cx engine.cli.Context
function M.run(cx)
  local refused = cx:check_args(1)
  if refused then
    return refused
  elseif cx.args[1] and cx.args[1] ~= "-" then
    return cx:usage_error(("repl does not take '%s'"):format(cx.args[1]),
      "to go on where a file ends: clnrm repl -i " .. cx.args[1])
  end
  if not cx:load_config() then
    return exit_codes.INPUT
  end
  return require("engine.repl").run(cx)
end

return M
