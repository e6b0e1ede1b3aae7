--- What the keys of the full screen do, beyond moving in it.
local fs = require("core.fs")
local narrowing = require("engine.dev.screen.narrowing")
local outside = require("engine.dev.screen.outside")
local own_program = require("engine.own_program")
local quote = require("engine.run.shell_word").quote
local report_words = require("engine.report.words")
local show = require("engine.ui.show")
local style = require("engine.ui.style")
local words = require("engine.dev.screen.words")

---@class engine.dev.screen.actions
local M = {}

local WIDE = 200 -- columns of outputs in a pager

---@class engine.dev.screen.Actions
---@field view engine.dev.screen.View
local Actions = {}
Actions.__index = Actions

local NOTHING = {
  all = "there is no test", failed = "nothing stands as not good",
  again = "nothing has run yet",
}

--- Runs tests.
---@param what engine.dev.Asked
function Actions:rerun(what)
  if self.view.loop:rerun(what) == 0 then
    self.view:tell(NOTHING[what])
  end
end

--- Ends what runs.
function Actions:stop()
  if not self.view.loop:stop() then
    self.view:tell("nothing runs")
  end
end

--- Ends the loop.
function Actions:quit()
  self.view.loop:quit()
end

--- Holds saves back, or lets them run tests again.
function Actions:pause()
  self.view.loop:pause(not self.view.state.is_paused)
end

--- Runs only what is not good, until all is.
function Actions:broken_only()
  local state = self.view.state
  self.view.loop:broken_only(not state.is_broken_only)
  self.view:tell(state.is_broken_only and "only what is not good is run, until all is"
    or "everything is run again")
end

function Actions:ask(field)
  narrowing.ask(self.view, field)
end

function Actions:clear()
  narrowing.clear(self.view)
end

function Actions:pin()
  narrowing.pin(self.view)
end

--- Says in the frame of the tests what the loop is narrowed to.
---@return string
function Actions:narrowed_words()
  return show.safe(self.view.canvas.look, narrowing.words(self.view))
end

--- Finds the file of a test.
---@return string? path
function Actions:path_of(test)
  for path, file in pairs(self.view.state.files) do
    if file.file == test.file then
      return path
    end
  end
end

--- Lists the snapshots of the project that are pending; of a test, those of its file.
---@param test? engine.dev.Test
---@return engine.snapshot.Found[]
function Actions:pending_snapshots(test)
  local view, list = self.view, {}
  local dir = view.cx.project.dir
  if test then -- they lie beside its file
    dir = (self:path_of(test) or dir):match("^(.+)/[^/]*$") or "/"
  end
  local found = require("engine.snapshot.find").below(dir, view.cwd)
  for _, one in ipairs(found) do
    local is_meant = not test or one.pending and one.pending.test == test.name
      and view.state.files[one.source] and view.state.files[one.source].file == test.file
    if one.pending and is_meant then
      list[#list + 1] = one
    end
  end
  return list
end

--- Accepts all pending snapshots; the save of them runs their tests again.
function Actions:accept()
  local view, count, wrong = self.view, 0, nil
  local cx = setmetatable({
    error = function(_, message)
      wrong = message
    end,
  }, { __index = view.cx })
  for _, one in ipairs(self:pending_snapshots()) do
    count = count + (require("engine.cli.snapshots").decide(cx, one, "accept") and 1 or 0)
  end
  view.detail:touch()
  if wrong then
    view:tell(wrong, "red bold")
  elseif count == 0 then
    view:tell("no snapshot is pending")
  else
    view:tell(report_words.count(count, "snapshot") .. " accepted", "green")
  end
end

--- Reviews pending snapshots one after the other.
---@async
function Actions:review()
  local view, found = self.view, self:pending_snapshots()
  if not found[1] then
    return view:tell("no snapshot is pending")
  end
  local cx = setmetatable({ out = require("engine.ui.stream").open(1) }, { __index = view.cx })
  cx.out.color = view.cx.out.color
  outside.call(view, function()
    require("engine.snapshot.review").run(cx, found, require("engine.cli.snapshots").decide)
  end)
  view.detail:touch()
end

--- Returns the chosen test, or says that there is none.
local function chosen(self)
  local test, file = self.view.tree:current()
  if not test then
    self.view:tell("choose a test first")
  end
  return test, file
end

--- Shows all that the chosen test printed in the pager.
---@async
function Actions:page()
  local view, test = self.view, chosen(self)
  if not test then
    return
  end
  local pagers = require("engine.ui.pager")
  local pager = pagers.command(os.getenv, true)
  if not pager then
    return view:tell("no pager is wanted: CLNRM_PAGER or PAGER says so")
  end
  local dir = assert(fs.tempdir())
  local text = require("engine.dev.screen.tabs").output(view, test, nil, WIDE)
  text = pagers.fit(os.getenv, pager, text)
  local ok = fs.write_atomic(dir .. "/output", text .. "\n")
    and outside.run(view, pagers.line(("%s <%s"):format(pager, quote(dir .. "/output"))))
  fs.remove_tree(dir)
  if not ok then
    view:tell("the pager failed: " .. pager, "red")
  end
end

local function set(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

--- Opens the editor where the chosen test or file begins.
---@async
function Actions:edit()
  local view = self.view
  local test, file = view.tree:current()
  if not file then
    return view:tell("there is no file")
  end
  local editor = set("VISUAL") or set("EDITOR") or "vi"
  local line = test and test.line or file.broken and file.broken[1] and file.broken[1].line
  local at = line and ("+%d "):format(line) or ""
  if not outside.run(view, ("%s %s%s"):format(editor, at, quote(file.path))) then
    view:tell("the editor failed: " .. editor, "red")
  end
end

--- Writes the command that runs the chosen test alone.
---@param verb string "clnrm run", with options
---@return string? command
---@return string? note why there is none
function Actions:command(verb)
  local test, file = self.view.tree:current()
  local own, note = require("engine.cli.rerun").options(self.view.cx.given)
  if not own then
    return nil, note
  end
  return ("%s%s %s%s"):format(verb, own, quote(file.file), test and test.line and ":" .. test.line
    or "")
end

--- Copies the command that runs the chosen test, by a sequence that the terminal understands.
function Actions:copy()
  local view, test = self.view, chosen(self)
  if not test then
    return
  end
  local command, why = self:command("clnrm run")
  if not command then
    return view:tell(why, "yellow")
  end
  local bytes = ("\27]52;c;%s\7"):format(require("engine.report.plain").base64(command))
  view.screen:send(bytes)
  view:tell("copied, if the terminal takes it: " .. command)
end

--- Runs the chosen test alone on the terminal; `after` is a further command of clnrm.
---@async
local function run_alone(self, options, after)
  local view, test = self.view, chosen(self)
  if not test then
    return
  end
  local program = own_program.word()
  local command, why = self:command(program .. " " .. options)
  if not command then
    return view:tell(why, "yellow")
  end
  outside.run(view, command .. (after and ("; %s %s"):format(program, after) or "")
    .. "; printf 'Enter goes back to the screen '; read _")
end

--- Opens the debugger where the chosen test fails.
---@async
function Actions:debug()
  run_alone(self, "run --pdb")
end

--- Runs the chosen test, keeps its room and opens a shell in it.
---@async
function Actions:shell()
  run_alone(self, "run --keep", "shell latest")
end

--- Shows which tests were run last, and why.
function Actions:show_why()
  local view = self.view
  local cycle, look = view.state.cycle, view.canvas.look
  if not cycle then
    return view:tell("nothing has run yet")
  end
  local lines = {}
  if cycle.number == 1 then
    lines[1] = "the first run: all tests"
  else
    lines[1] = require("engine.dev.screen.news").begun(cycle, look, view.cwd,
      "by a key or a button")
  end
  for _, one in ipairs(cycle.affected) do
    lines[#lines + 1] = ("%s: %s%s"):format(style.paint(look.color, "bold",
      words.path(look, one.path, view.cwd)), show.safe(look, one.text),
      one.by and " (" .. words.path(look, one.by, view.cwd) .. ")" or "")
  end
  view:open_overlay(("Why run #%d"):format(cycle.number), table.concat(lines, "\n"))
end

--- Shows what files of tests hang on, and how many of them: a save of the first runs the most.
function Actions:show_map()
  local view, look = self.view, self.view.canvas.look
  local touch, counts, list = require("engine.plan.touch"), {}, {}
  for _, entry in pairs(view.loop.entries) do
    local seen = {}
    for _, suite in ipairs(entry.suites or {}) do
      for _, one in ipairs(touch.uses(suite)) do
        if not seen[one.path] and (one.kind ~= "snapshot" or fs.exists(one.path)) then
          seen[one.path] = true
          counts[one.path] = (counts[one.path] or 0) + 1
        end
      end
    end
  end
  for path, count in pairs(counts) do
    list[#list + 1] = { path = path, count = count }
  end
  table.sort(list, function(a, b)
    if a.count ~= b.count then
      return a.count > b.count
    end
    return a.path < b.path
  end)
  local lines = { style.paint(look.color, "dim", "files of tests that a save runs again, by what "
    .. "they name; all that a room sees of the project comes to it") }
  for _, one in ipairs(list) do
    lines[#lines + 1] = ("%5d  %s"):format(one.count, words.path(look, one.path, view.cwd))
  end
  view:open_overlay("What tests hang on", table.concat(lines, "\n"))
end

--- Makes the actions of a view.
---@param view engine.dev.screen.View
---@return engine.dev.screen.Actions
---@nodiscard
function M.new(view)
  return setmetatable({ view = view }, Actions)
end

return M
