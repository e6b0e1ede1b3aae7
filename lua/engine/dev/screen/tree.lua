--- The pane of tests: files that fold, their tests, the one that is chosen, and which are shown.
local show = require("engine.ui.show")
local words = require("engine.dev.screen.words")

---@class engine.dev.screen.tree
local M = {}

---@class engine.dev.screen.Row
---@field path string   of the file
---@field id? string    of the test; nil: the row is the file's

---@class engine.dev.screen.Tree
---@field state engine.dev.State
---@field folded table<string, true> paths
---@field pins table<string, true> ids
---@field chosen? engine.dev.screen.Row
---@field top integer the row that is shown first
---@field accepts? fun(file: engine.dev.File, test: engine.dev.Test): boolean which are shown
---@field private page integer rows that are seen
local Tree = {}
Tree.__index = Tree

--- Lists the rows, folded ones left out.
---@return engine.dev.screen.Row[]
---@nodiscard
function Tree:rows()
  if self.list and self.list_of == self.accepts then
    return self.list
  end
  local list = {}
  self.list, self.list_of = list, self.accepts
  for _, path in ipairs(self.state.order) do
    local file = self.state.files[path]
    local ids = {}
    for _, id in ipairs(file.tests) do
      if not self.accepts or self.accepts(file, self.state.tests[id]) then
        ids[#ids + 1] = id
      end
    end
    if ids[1] or not self.accepts then
      list[#list + 1] = { path = path }
      for _, id in ipairs(self.folded[path] and {} or ids) do
        list[#list + 1] = { path = path, id = id }
      end
    end
  end
  return list
end

--- Forgets the rows: files or tests came or went.
function Tree:touch()
  self.list = nil
end

--- Finds the chosen row; where it is gone, its file, else the first.
---@param rows engine.dev.screen.Row[]
---@return integer index 0: there is none
function Tree:index(rows)
  local chosen, of_file, of_test = self.chosen, nil, nil
  for i, row in ipairs(rows) do
    of_test = of_test or row.id and i
    if chosen and row.path == chosen.path then
      of_file = of_file or i
      if row.id == chosen.id then
        return i
      end
    end
  end
  local index = self.accepts and of_test or of_file or (rows[1] and 1 or 0)
  self.chosen = rows[index]
  return index
end

--- Chooses another row.
---@param by integer|"first"|"last"
function Tree:move(by)
  local rows = self:rows()
  local at = self:index(rows)
  local to = by == "first" and 1 or by == "last" and #rows or at + by
  self.chosen = rows[math.max(1, math.min(to, #rows))]
  self.is_moved = true
end

--- Moves by what is seen.
function Tree:move_page(sign)
  self:move(sign * math.max(1, self.page - 1))
end

--- Folds the file of the chosen row, or unfolds it.
---@param is_folded boolean
function Tree:fold(is_folded)
  self:index(self:rows())
  local chosen = self.chosen
  if not chosen then
    return
  elseif is_folded then
    self.folded[chosen.path], self.chosen = true, { path = chosen.path }
    self:touch()
  elseif self.folded[chosen.path] then
    self.folded[chosen.path] = nil
    self:touch()
  elseif not chosen.id then
    self:move(1)
  end
end

--- Pins the chosen test, or all of the chosen file, or takes the pins away.
function Tree:pin()
  self:index(self:rows())
  local chosen = self.chosen
  if not chosen then
    return
  elseif chosen.id then
    self.pins[chosen.id] = not self.pins[chosen.id] or nil
    return
  end
  local is_all = true
  for _, id in ipairs(self.state.files[chosen.path].tests) do
    is_all = is_all and self.pins[id] == true
  end
  for _, id in ipairs(self.state.files[chosen.path].tests) do
    self.pins[id] = not is_all or nil
  end
end

--- Chooses a test that is not good while the run goes on: the first of them.
---@param id string
function Tree:choose_first(id)
  local test = self.state.tests[id]
  if self.is_moved or self.has_bad or not test then
    return
  end
  for path, file in pairs(self.state.files) do
    if file.file == test.file then
      self.chosen, self.has_bad = { path = path, id = id }, true
      return
    end
  end
end

--- Chooses the first test that is not good, unless somebody has chosen already.
function Tree:choose_bad()
  self.has_bad = nil
  if self.is_moved then
    return
  end
  local bad = self.state:bad()
  for _, path in ipairs(self.state.order) do
    for _, id in ipairs(self.state.files[path].tests) do
      if bad[id] then
        self.chosen = { path = path, id = id }
        return
      end
    end
    if self.state.files[path].broken then
      self.chosen = { path = path }
      return
    end
  end
end

--- Returns the test of the chosen row, and its file.
---@return engine.dev.Test? test
---@return engine.dev.File? file
function Tree:current()
  self:index(self:rows())
  local chosen = self.chosen
  if not chosen then
    return nil, nil
  end
  return chosen.id and self.state.tests[chosen.id], self.state.files[chosen.path]
end

local function count(state, file)
  local good, is_good = 0, require("engine.verdict").is_good
  for _, id in ipairs(file.tests) do
    local verdict = state.tests[id].verdict
    good = good + (verdict and is_good(verdict) and 1 or 0)
  end
  return good, #file.tests
end

local function draw_file(self, canvas, y, r, row)
  local look, file = canvas.look, self.state.files[row.path]
  local is_folded = self.folded[row.path]
  local mark = look.utf8 and (is_folded and "▸ " or "▾ ") or (is_folded and "+ " or "- ")
  local good, total = count(self.state, file)
  local tail, style = ("%d/%d"):format(good, total), good == total and "dim" or "yellow"
  if file.broken then
    tail, style = "broken", "red bold"
  end
  canvas:put(y, r.x, 2, mark)
  canvas:fit(y, r.x + 2, r.width - #tail - 4, show.safe(look, file.file),
    file.broken and "red bold" or "bold")
  canvas:right(y, r.x, r.width, tail, style)
end

local function draw_test(self, canvas, y, r, row, tick)
  local look, test = canvas.look, self.state.tests[row.id]
  local sign, style = words.sign(look, test, tick)
  local at = r.x + 2
  canvas:put(y, r.x, 2, self.pins[row.id] and (look.utf8 and "◆" or "*") or " ", "magenta bold")
  at = at + canvas:put(y, at, 4, sign, style) + 1
  local spark = words.spark(look, test.history)
  local time = test.phase == "running" and "" or words.time(test.duration_ms)
  local tail = ("%s %s"):format(time, spark .. (" "):rep(6 - show.width(spark)))
  local room = r.x + r.width - at - show.width(tail) - 1
  if room < 12 then
    tail, room = time, r.x + r.width - at - #time - 1
  end
  local name = show.safe(look, test.cell and ("%s [%s]"):format(test.name, test.cell) or test.name)
  canvas:fit(y, at, room, name, style:find("red", 1, true) and "red" or nil)
  canvas:right(y, r.x, r.width, tail, "dim")
end

--- Draws the rows, and the chosen one marked.
---@param canvas engine.dev.screen.Canvas
---@param r engine.dev.screen.Rect the room within the frame
---@param tick integer
---@return integer index of the chosen row
---@return integer count
function Tree:draw(canvas, r, tick)
  local rows = self:rows()
  local at = self:index(rows)
  self.page = r.height
  self.top = math.max(1, math.min(self.top, #rows - r.height + 1, at))
  if at >= self.top + r.height then
    self.top = at - r.height + 1
  end
  for i = self.top, math.min(#rows, self.top + r.height - 1) do
    local y = r.y + i - self.top
    local inner = { x = r.x + 1, width = r.width - 2 }
    local draw = rows[i].id and draw_test or draw_file
    draw(self, canvas, y, inner, rows[i], tick)
    if i == at then
      canvas:put(y, r.x, 1, canvas.look.utf8 and "❯" or ">", "cyan bold")
    end
  end
  if #rows == 0 then
    canvas:fit(r.y, r.x + 1, r.width - 2, self.accepts and "no test is called so"
      or "no tests yet", "dim")
  end
  return at, #rows
end

--- Makes the pane.
---@param state engine.dev.State
---@return engine.dev.screen.Tree
---@nodiscard
function M.new(state)
  return setmetatable({ state = state, folded = {}, pins = {}, top = 1, page = 10 }, Tree)
end

return M
