--- Lines that a test is to stop at before they run: breakpoints, and steps from stop to stop.
---@class engine.pdb.lines
local linehook = require("core.linehook")
local place = require("engine.script.place")

local M = {}

M.MAX = 100 -- breakpoints

---@class engine.pdb.Breakpoint
---@field file string the end of the file's path
---@field line integer

---@class engine.pdb.Breakpoints
---@field list engine.pdb.Breakpoint[]
local Breakpoints = {}
Breakpoints.__index = Breakpoints

--- Reads "tests/x.clnrm.lua:12", or "12" where a file is given.
---@param text string
---@param file? string
---@return engine.pdb.Breakpoint?
---@nodiscard
function M.parse(text, file)
  local name, line = text:match("^(.-):?(%d+)$")
  line = math.tointeger(tonumber(line))
  name = name ~= "" and name or file
  if not line or line < 1 or not name or (text:find("^%d+$") and not file) then
    return nil
  end
  return { file = name:gsub("^%./", ""), line = line }
end

--- Whether two paths are one file, as far as the shorter of them says.
local function is_same(a, b)
  return a == b or a:sub(-#b - 1) == "/" .. b or b:sub(-#a - 1) == "/" .. a
end

local function index_of(self, one)
  for i, each in ipairs(self.list) do
    if each.line == one.line and is_same(each.file, one.file) then
      return i
    end
  end
end

--- Adds a breakpoint; one that is there already stays.
---@param one engine.pdb.Breakpoint
---@return boolean added false: there are too many
function Breakpoints:add(one)
  if not index_of(self, one) then
    if #self.list >= M.MAX then
      return false
    end
    self.list[#self.list + 1] = one
  end
  return true
end

--- Takes one out.
---@param one engine.pdb.Breakpoint
---@return boolean was_there
function Breakpoints:remove(one)
  local i = index_of(self, one)
  if i then
    table.remove(self.list, i)
  end
  return i ~= nil
end

--- Whether there is one at a line of a file.
function Breakpoints:has(file, line)
  return index_of(self, { file = file, line = line }) ~= nil
end

--- Makes a set of breakpoints.
---@param list? engine.pdb.Breakpoint[]
---@return engine.pdb.Breakpoints
---@nodiscard
function M.breakpoints(list)
  return setmetatable({ list = list or {} }, Breakpoints)
end

---@class engine.pdb.Watch the lines of one coroutine
---@field is_stopped boolean it is suspended before a line
---@field mode? "step"|"next"|"finish"
---@field depth integer how many calls deep it stopped last
---@field at? { line: integer, names: string[] } where it stopped last
local Watch = {}
Watch.__index = Watch

--- Counts the frames from level 3 of its caller on, which is inside of what the hook has called.
local function depth_here()
  local level = 4
  while debug.getinfo(level, "l") do
    level = level + 1
  end
  return level
end

--- Tells the hook where to ask.
function Watch:sync()
  local lines, seen = {}, {}
  for _, one in ipairs(self.breakpoints.list) do
    lines[#lines + 1] = not seen[one.line] and one.line or nil
    seen[one.line] = true
  end
  self.hook:lines(lines)
  self.hook:every(self.mode ~= nil)
end

--- Says how it goes on after a stop.
---@param how "continue"|"quit"|"step"|"next"|"finish"
function Watch:go_on(how)
  self.is_stopped = false
  self.mode = how ~= "continue" and how ~= "quit" and how or nil
  self:sync()
end

--- Stops no more.
function Watch:close()
  self.hook:close()
end

local function wants(self, file, line, depth)
  local mode = self.mode
  return mode == "step" or mode == "next" and depth <= self.depth
    or mode == "finish" and depth < self.depth or self.breakpoints:has(file, line)
end

--- Lists the names of the locals of what the hook's function was called in.
local function names_here()
  local names, i = {}, 1
  local name = debug.getlocal(3, i)
  while name and name ~= "(temporary)" do
    names[i], i = name, i + 1
    name = debug.getlocal(3, i)
  end
  return names
end

--- Watches a coroutine that has not begun; the running task will resume it.
---@param co thread
---@param breakpoints engine.pdb.Breakpoints
---@return engine.pdb.Watch to be closed
---@nodiscard
function M.watch(co, breakpoints)
  local self = setmetatable({ breakpoints = breakpoints, is_stopped = false, depth = 0 }, Watch)
  self.hook = linehook.open(co, function(line)
    local info = debug.getinfo(2, "S")
    if place.is_engine(info.source) then
      return false
    end
    local depth = depth_here()
    self.is_stopped = wants(self, info.source:sub(2), line, depth)
    if self.is_stopped then
      self.depth, self.at = depth, { line = line, names = names_here() }
    end
    return self.is_stopped
  end)
  self:sync()
  return self
end

return M
