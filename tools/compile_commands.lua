--- Writes compile_commands.json.
---
--- usage: lua5.4 tools/compile_commands.lua OUT DIR FLAGS FILE... --agent FLAGS FILE...
--- FLAGS is a file that holds the compiler and its options.
local out_path, dir = arg[1], arg[2]

local function read_line(path)
  local f = assert(io.open(path))
  local line = f:read("l")
  f:close()
  return line
end

local function quote(text)
  return '"' .. text:gsub('[\\"]', "\\%0") .. '"'
end

local rows, command = {}, read_line(arg[3])
local i = 4
while i <= #arg do
  if arg[i] == "--agent" then
    command = read_line(arg[i + 1])
    i = i + 2
  end
  rows[#rows + 1] = ('{"directory": %s, "file": %s, "command": %s}'):format(
    quote(dir), quote(arg[i]), quote(command .. " -c " .. arg[i]))
  i = i + 1
end

local out = assert(io.open(out_path, "w"))
out:write("[\n", table.concat(rows, ",\n"), "\n]\n")
assert(out:close())
