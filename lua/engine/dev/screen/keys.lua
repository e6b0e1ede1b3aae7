--- The keys of the full screen: one table, by which they act and are explained.
---@class engine.dev.screen.keys
local M = {}

---@class engine.dev.screen.Key
---@field keys string[]   as core.screen names them; special ones in angle brackets: "<up>"
---@field name string     as it is shown
---@field hint? string    in the foot
---@field is_last? boolean the hint is there at any width
---@field is_always? boolean while a line is typed or a text lies over the panes, too
---@field text string     in the help, and in docs/dev.md
---@field act fun(view: engine.dev.screen.View)

--- Moves in what has the keys.
local function move(by)
  return function(view)
    if view.pane == "tests" then
      view.tree:move(by)
    else
      view.detail:move(by)
    end
  end
end

local function page(sign)
  return function(view)
    local pane = view.pane == "tests" and view.tree or view.detail
    pane:move_page(sign)
  end
end

local function tab(number)
  return function(view)
    view.detail:choose(number)
    if view.canvas.columns < 80 or view.canvas.rows < 20 then
      view.pane = "detail" -- one pane at a time: else it would not be seen
    end
  end
end

local function swap_panes(view)
  view.pane = view.pane == "tests" and "detail" or "tests"
end

--- Calls a function of the actions, with what stands in the table.
local function action(name, ...)
  local arguments = table.pack(...)
  return function(view)
    view.actions[name](view.actions, table.unpack(arguments, 1, arguments.n))
  end
end

---@type engine.dev.screen.Key[]
M.list = {
  { keys = { "a", "<enter>" }, name = "a Enter", hint = "all", text = "runs all tests",
    act = action("rerun", "all") },
  { keys = { "f" }, name = "f", hint = "failed", text = "runs those that stand as not good",
    act = action("rerun", "failed") },
  { keys = { "r" }, name = "r", hint = "again", text = "runs again what ran last",
    act = action("rerun", "again") },
  { keys = { "x" }, name = "x", hint = "stop", text = "stops the run: what had no verdict yet "
    .. "keeps that of before", act = action("stop") },
  { keys = { "b" }, name = "b", text = "runs only what is not good until all is, then everything "
    .. "once; or no more so", act = action("broken_only") },
  { keys = { "P" }, name = "P", text = "holds saves back, or runs what they touched; keys still "
    .. "run tests", act = action("pause") },
  { keys = { "p" }, name = "p", hint = "file", text = "runs and shows only tests of files with a "
    .. "text in their path", act = action("ask", "file") },
  { keys = { "t", "/" }, name = "t /", hint = "name", text = "only those with a text in their name",
    act = action("ask", "name") },
  { keys = { "T" }, name = "T", text = "only those with a tag; Tab completes it",
    act = action("ask", "tag") },
  { keys = { " " }, name = "Space", text = "pins the test, or all of the file: with pins, only "
    .. "those are run", act = action("pin") },
  { keys = { "c" }, name = "c", text = "takes away what narrows: texts, tag and pins",
    act = action("clear") },
  { keys = { "j", "<down>" }, name = "j Down", text = "next row, or a row further in the detail",
    act = move(1) },
  { keys = { "k", "<up>" }, name = "k Up", text = "the row before", act = move(-1) },
  { keys = { "g", "<home>" }, name = "g Home", text = "first row", act = move("first") },
  { keys = { "G", "<end>" }, name = "G End", text = "last row", act = move("last") },
  { keys = { "<pgdn>" }, name = "PgDn", text = "a page further", act = page(1) },
  { keys = { "<pgup>" }, name = "PgUp", text = "a page back", act = page(-1) },
  { keys = { "l", "<right>" }, name = "l Right",
    text = "unfolds the file; in the detail, the next tab", act = function(view)
      if view.pane == "tests" then
        view.tree:fold(false)
      else
        view.detail:choose(view.detail.tab + 1)
      end
    end },
  { keys = { "h", "<left>" }, name = "h Left",
    text = "folds the file; in the detail, the tab before", act = function(view)
      if view.pane == "tests" then
        view.tree:fold(true)
      else
        view.detail:choose(view.detail.tab - 1)
      end
    end },
  { keys = { "<tab>", "<backtab>" }, name = "Tab", hint = "pane", text = "the other pane",
    act = swap_panes },
  { keys = { "1" }, name = "1", text = "why the test is not good", act = tab(1) },
  { keys = { "2" }, name = "2", text = "all that its steps and services printed", act = tab(2) },
  { keys = { "3" }, name = "3", text = "its room, services, hooks and steps in time",
    act = tab(3) },
  { keys = { "4" }, name = "4", text = "what is other than when it was good last, "
    .. "and snapshots that differ", act = tab(4) },
  { keys = { "5" }, name = "5", text = "the files that it hangs on", act = tab(5) },
  { keys = { "o" }, name = "o", hint = "output", text = "all that the test printed, in the pager",
    act = action("page") },
  { keys = { "e" }, name = "e", text = "the test in the editor, where it begins",
    act = action("edit") },
  { keys = { "y" }, name = "y", text = "copies the command that runs the test (OSC 52)",
    act = action("copy") },
  { keys = { "s" }, name = "s", text = "runs the test alone, keeps its room and opens a shell "
    .. "in it", act = action("shell") },
  { keys = { "d" }, name = "d", text = "runs the test alone, with the debugger where it fails",
    act = action("debug") },
  { keys = { "u" }, name = "u", text = "accepts all pending snapshots", act = action("accept") },
  { keys = { "i" }, name = "i", text = "reviews them one after the other",
    act = action("review") },
  { keys = { "m" }, name = "m", text = "which files tests hang on, and how many",
    act = action("show_map") },
  { keys = { "w" }, name = "w", text = "why tests were run last", act = action("show_why") },
  { keys = { "?", "<f1>" }, name = "?", hint = "help", is_last = true, text = "these keys",
    act = function(view)
      view:open_overlay("Keys", M.help(view.canvas.look, view.own_keys))
    end },
  { keys = { "<ctrl-l>" }, name = "Ctrl-L", is_always = true,
    text = "draws all anew, where something else wrote on the terminal", act = function(view)
      view.screen:resize()
    end },
  { keys = { "q" }, name = "q", hint = "quit", is_last = true,
    text = "ends the loop; a run is stopped first", act = action("quit") },
}

--- Lists the keys by their names.
---@param list? engine.dev.screen.Key[] default: the screen's own
---@return table<string, engine.dev.screen.Key>
---@nodiscard
function M.by_name(list)
  local by_key = {}
  for _, key in ipairs(list or M.list) do
    for _, name in ipairs(key.keys) do
      by_key[name] = key
    end
  end
  return by_key
end

--- Renders the help.
---@param look engine.ui.Look
---@param own engine.dev.screen.Key[] those of the project
---@return string
---@nodiscard
function M.help(look, own)
  local lines, show, style = {}, require("engine.ui.show"), require("engine.ui.style")
  local text = require("core.text")
  for i, key in ipairs(M.list) do
    lines[i] = style.paint(look.color, "cyan bold", text.pad(key.name, 8)) .. " " .. key.text
  end
  for i, key in ipairs(own) do
    lines[#lines + 1] = i == 1 and "" or nil
    lines[#lines + 1] = style.paint(look.color, "magenta bold",
      text.pad(show.safe(look, key.name), 8)) .. " " .. show.safe(look, key.text)
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = style.paint(look.color, "cyan bold", text.pad("Ctrl-C", 8))
    .. " ends the loop, as q; a second one at once"
  return table.concat(lines, "\n")
end

--- Lists the keys of the foot.
---@return engine.dev.screen.Key[]
---@nodiscard
function M.hints()
  local list = {}
  for _, key in ipairs(M.list) do
    list[#list + 1] = key.hint and key or nil
  end
  return list
end

--- Returns the table for `clnrm help keys`.
---@return { [1]: string, [2]: string }[]
---@nodiscard
function M.rows()
  local rows = {}
  for i, key in ipairs(M.list) do
    rows[i] = { key.name, key.text }
  end
  return rows
end

local SCROLLS = { ["j"] = 1, ["<down>"] = 1, ["k"] = -1, ["<up>"] = -1 }

--- Takes a key while a text lies over the panes: it scrolls, or takes it away.
local function press_overlay(view, name)
  local overlay = view.overlay
  local by = SCROLLS[name] or name == "<pgdn>" and overlay.page or name == "<pgup>"
    and -overlay.page
  if by then
    overlay.top = overlay.top + by
  else
    view.overlay = nil
  end
end

--- Takes a key.
---@param view engine.dev.screen.View
---@param key string
---@param is_special boolean
function M.press(view, key, is_special)
  local name = is_special and "<" .. key .. ">" or key
  local own = M.by_name()[name]
  if own and own.is_always then
    own.act(view)
  elseif view.prompt then
    view.prompt:press(key, is_special)
  elseif view.overlay then
    press_overlay(view, name)
  else
    local one = own or M.by_name(view.own_keys)[name]
    if one then
      view.note = nil
      local ok, raised = pcall(one.act, view)
      if not ok then -- a bug, or what the system refuses: the screen goes on
        view:tell(("%s: %s"):format(one.name, tostring(raised)), "red bold")
      end
    end
  end
end

return M
