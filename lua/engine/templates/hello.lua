--- The kind `default`, and the template of `clnrm init`: a project file and one test that passes
--- anywhere.
---@class engine.templates.hello: engine.templates.Kind
local M = { about = "a first test: commands and what they print" }

--- Writes a text as a TOML string.
local function quote(text)
  local safe = text:gsub('[%c\\"\127]', function(char)
    return ("\\u%04X"):format(char:byte())
  end)
  if not utf8.len(safe) then
    safe = "project"
  end
  return '"' .. safe .. '"'
end

--- The project file.
---@param name string of the project
---@return string
function M.project(name)
  return ([[
# Settings of this project: `clnrm config` prints what holds, `clnrm help config` the keys.
[project]
name = %s

# [cli]
# jobs = "auto"               # scenarios run at once
# fail_fast = false           # true: stop at the first failure

# [test_execution]
# default_timeout = "30s"     # of a step that says nothing itself
]]):format(quote(name == "" and "project" or name))
end

M.text = [==[
# A first test.  Each scenario runs in a room of its own: no network, nothing of your home, and gone
# afterwards.  The project is at /project, read-only; the working directory is /room.
[meta]
name = %NAME%
description = "the shell says hello, and a file keeps what was written"

[[steps]]
name = "say hello"
command = ["echo", "hello, clean room"]
expect.stdout.equals = "hello, clean room\n"

[[steps]]
name = "write a file"
command = "printf 'kept for the next step' > note.txt"
expect.file."note.txt".equals = "kept for the next step"

[[scenario]]
name = "a fresh room has no note"

[[scenario.steps]]
name = "look for it"
command = ["cat", "note.txt"]
should_fail = true
expect.stderr.contains = "No such file"
]==]

return M
