--- The console blocks of the documents: finds them, runs them, compares what they print.
---
--- A block that begins with ```console run is executed: each line "$ COMMAND" by sh (and the lines
--- "> MORE" right behind it, of a here-document), in a directory of its own for the page (with a
--- copy of examples/ when it names one), `clnrm` in the PATH.  What follows a command is what it
--- prints, stdout and stderr together; "$ echo $?" shows the exit code of the command before it.
--- Times and sizes differ from run to run, and so does the order in which scenarios end: both sides
--- are normalised before they are compared.
local M = {}

---@class tools.console.Command
---@field line integer of the command in the page
---@field command string
---@field output string as the page shows it

---@class tools.console.Page
---@field path string
---@field commands tools.console.Command[]

local function read(path)
  local f = assert(io.open(path, "rb"))
  local text = f:read("a")
  f:close()
  return text
end

--- The line of a command behind its first one, or nil.
local function continuation(line)
  return line:match("^> (.*)$") or line == ">" and "" or nil
end

--- Finds the commands of a page.
---@param path string
---@return tools.console.Page
function M.read(path)
  local page = { path = path, commands = {} }
  local inside, current, number = false, nil, 0
  for line in (read(path) .. "\n"):gmatch("(.-)\n") do
    number = number + 1
    if not inside then
      inside = line:match("^```console run$") ~= nil
    elseif line:match("^```") then
      inside, current = false, nil
    elseif line:match("^%$ ") then
      current = { line = number, command = line:sub(3), output = "" }
      page.commands[#page.commands + 1] = current
    elseif current and current.output == "" and continuation(line) then
      current.command = current.command .. "\n" .. continuation(line)
    elseif current then
      current.output = current.output .. line .. "\n"
    end
  end
  return page
end

--- Sorts lines of verdicts that stand together: scenarios run at once end in any order.
local function sort_verdicts(text)
  local out, group = {}, {}
  local function flush()
    table.sort(group)
    table.move(group, 1, #group, #out + 1, out)
    group = {}
  end
  for line in text:gmatch("[^\n]*\n?") do
    if line:match("^ +%u+ %[TIME%]") then
      group[#group + 1] = line
    else
      flush()
      out[#out + 1] = line
    end
  end
  flush()
  return table.concat(out)
end

--- Replaces what differs from run to run by words.
---@param text string
---@return string
function M.normalize(text)
  text = text:gsub("%[ *[<>]? *%d+%.%d+s%]", "[TIME]")
  text = text:gsub("%( *%d+/(%d+)%) ", "(N/%1) ")
  text = text:gsub("%f[%d]%d+%.?%d* ?m?s%f[^%w]", "TIME")
  text = text:gsub("%f[%d]%d+%.?%d* ?[kKM]i?B%f[^%w]", "SIZE")
  text = text:gsub("%f[%d]%d+ at once", "N at once")
  text = text:gsub("asked %d+ times", "asked N times")
  return sort_verdicts(text)
end

--- Makes the directory that the commands of a page run in; remove it with M.close.
---@param page tools.console.Page
---@param root string the source tree
---@param clnrm string the program
---@return string dir
function M.open(page, root, clnrm)
  local pipe = assert(io.popen("mktemp -d"))
  local dir = pipe:read("l")
  pipe:close()
  assert(os.execute(("cd '%s' && mkdir bin work && ln -s '%s' bin/clnrm"):format(dir, clnrm)))
  for _, entry in ipairs(page.commands) do
    if entry.command:find("examples/", 1, true) then
      assert(os.execute(("cp -a '%s/examples' '%s/work'"):format(root, dir)))
      break
    end
  end
  return dir
end

function M.close(dir)
  assert(dir:match("^/tmp/"), dir)
  os.execute(("rm -rf '%s'"):format(dir))
end

--- Runs the commands of a page in order; returns what each printed.
---@param page tools.console.Page
---@param dir string from M.open
---@return string[] outputs
function M.run(page, dir)
  local mark = "--mark-" .. dir:match("[^/]+$") .. "--"
  local script = { ("cd '%s/work'"):format(dir) }
  for _, entry in ipairs(page.commands) do
    script[#script + 1] = entry.command
    script[#script + 1] = ("{ __rc=$?; printf '%%s\\n' '%s'; (exit $__rc); }"):format(mark)
  end
  local path = dir .. "/script.sh"
  local f = assert(io.open(path, "w"))
  f:write(table.concat(script, "\n"), "\n")
  f:close()
  local env = "env -u NO_COLOR -u CI HOME='%s' COLUMNS=100 LC_ALL=C.UTF-8 PATH='%s/bin':\"$PATH\""
  local pipe = assert(io.popen((env .. " sh '%s' 2>&1 </dev/null"):format(dir, dir, path)))
  local all = pipe:read("a")
  pipe:close()
  local outputs = {}
  for output in all:gmatch("(.-)" .. mark:gsub("%p", "%%%0") .. "\n") do
    outputs[#outputs + 1] = output
  end
  return outputs
end

--- Writes what the commands print now into the page.
---@param page tools.console.Page
---@param outputs string[]
function M.write(page, outputs)
  local lines, index, skipping, inside, pending = {}, 0, false, false, false
  local function flush() -- what the last command printed
    local text = pending and outputs[index]:gsub("\n$", "") or ""
    lines[#lines + 1] = text ~= "" and text or nil
    pending = false
  end
  for line in read(page.path):gmatch("(.-)\n") do
    if not inside then
      inside = line:match("^```console run$") ~= nil
    elseif line:match("^```") then
      inside, skipping = false, false
    elseif line:match("^%$ ") then
      flush()
      index, skipping, pending = index + 1, true, true
      lines[#lines + 1] = line
      goto next
    end
    if pending and continuation(line) then
      lines[#lines + 1] = line
      goto next
    end
    flush()
    if not skipping then
      lines[#lines + 1] = line
    end
    ::next::
  end
  local f = assert(io.open(page.path, "w"))
  f:write(table.concat(lines, "\n"), "\n")
  assert(f:close())
end

return M
