--- A run that has the terminal: its live region, its keys, and the terminal given back in the end.
---
--- It gets the events before the reports do.  While there is a live region, all that is written to
--- the terminal goes through it.
---@class engine.ui.session
local is_ci = require("engine.ci").is_set
local clock = require("engine.run.clock")
local core = require("core.task")
local term = require("core.term")

local M = {}

local keys, live, screen -- modules that only a terminal needs: `open` loads them

local SHOWN_AFTER_MS = 250 -- a run that is over by then flickers nowhere
local CALM_MS = 500 -- between two looks at the terminal when there is no region

---@class engine.ui.SessionOptions
---@field out engine.ui.Stream
---@field mode engine.ui.ProgressMode
---@field err engine.ui.Stream
---@field has_keys boolean
---@field progress? table  a further reporter
---@field is_shared? boolean the terminal is that of a full screen: it is left alone
---@field env fun(name: string): string?

---@class engine.ui.Session
---@field o engine.ui.SessionOptions
---@field live? engine.ui.Live
---@field screen? engine.ui.Screen
---@field keys? core.keys.Keys
---@field run? engine.run.Run
---@field tasks core.Task[]
---@field looks engine.ui.Look[] that follow the width
local Session = {}
Session.__index = Session

local function now_of(self)
  return clock.ms() - self.began
end

--- Keeps the bar as it is among the permanent lines.
function Session:snapshot()
  if self.live then
    self.o.out:write(self.live:summary_row(self.o.out, now_of(self)) .. "\n")
  end
end

local function begin_region(self)
  local hint = self.keys and keys.hint(self.o.out) or nil
  self.screen.paint = function(now)
    return self.live:rows(self.o.out, now, self.screen:room(), hint)
  end
end

--- Takes the keys when they are ours to take.
local function grab(self)
  self.has_grabbed = self.keys ~= nil and self.keys:grab() == true
end

--- Follows who has the terminal: the region and the keys go and come with the foreground.
local function follow(self)
  local is_ours = term.is_foreground(self.o.out.fd)
  if is_ours ~= self.is_ours then
    self.is_ours = is_ours
    if self.screen then
      self.screen[is_ours and "resume" or "hold"](self.screen)
    end
    if not is_ours and self.keys then
      self.keys:release()
      self.has_grabbed = false
    end
  end
  if is_ours and not self.has_grabbed then
    grab(self)
  end
end

local function tick(self)
  if self.screen and core.sleep(SHOWN_AFTER_MS) then
    begin_region(self)
  end
  local pause = self.screen and 1000 / screen.FPS or CALM_MS
  while not self.is_over do
    if not self.is_suspended then
      follow(self)
      if self.screen then
        self.live:set_waits(self.run:waits())
        local pulls = self.run.backend.pulls
        self.live:set_pulls(pulls and pulls(), clock.ms())
        self.screen:frame()
      end
    end
    if not core.sleep(pause) then
      return
    end
  end
end

local function on_winch(self)
  if self.screen and self.screen:resize() then
    for _, look in ipairs(self.looks) do
      look.width = self.o.out.width
    end
  end
end

--- After a stop that nobody announced (SIGSTOP) the region is wherever the shell has left it.
local function on_continue(self)
  if self.lent then
    return
  elseif self.is_awaiting_continue then
    self.is_awaiting_continue = false
    return
  end
  if self.screen then
    self.screen:forget()
  end
  grab(self)
end

local function handle_signals(self, signals)
  while not core.is_cancelled() do
    local name = signals:next()
    if not name then
      return
    elseif name == "SIGWINCH" then
      on_winch(self)
    else
      on_continue(self)
    end
  end
end

local function handle_keys(self)
  while not core.is_cancelled() do
    local bytes, err = self.keys:next()
    if not bytes and err.code ~= "EIO" then
      return
    elseif not bytes then
      self.keys:release()
      self.has_grabbed = false
    else
      for _, key in ipairs(keys.read(bytes)) do
        key.act(self)
      end
    end
  end
end

local handlers = {}

function handlers.suspended(self)
  self.is_suspended = true
  if self.screen then
    self.screen:hold()
  end
  if self.keys then
    self.keys:release()
    self.has_grabbed = false
  end
end

function handlers.resumed(self)
  self.is_suspended, self.is_awaiting_continue = false, true
  self.is_ours = nil -- `follow` looks anew
  on_winch(self)
  follow(self)
end

function handlers.run_end(self)
  self.is_over = true
  if self.screen then
    self.screen:close()
  end
end

--- Lends the terminal to somebody who reads it: no region, no keys, and what is written meanwhile
--- is given to `divert`, until `take_back`.
---@param divert fun(bytes: string)
function Session:lend(divert)
  local out, err = self.o.out, self.o.err
  handlers.suspended(self)
  self.lent = { out = out.divert or false, err = err.divert or false }
  out.divert, err.divert = divert, err.is_tty and divert or err.divert
end

--- Takes the terminal again; the cursor is at the beginning of a line.
function Session:take_back()
  local out, err = self.o.out, self.o.err
  out.divert, err.divert = self.lent.out or nil, self.lent.err or nil
  self.lent, self.is_suspended, self.is_ours = nil, false, nil -- `follow` looks anew
  if self.screen then
    self.screen:forget()
  end
  on_winch(self)
  follow(self)
end

--- Takes an event, before the reports do.
---@param e table
function Session:on_event(e)
  if self.live then
    self.live:on_event(e)
  end
  local handler = handlers[e.event]
  if handler then
    handler(self, e)
  end
end

--- Lets the report on standard output follow the width of the screen; adds the one on progress.
---@param list table[] reporters, that of standard output first
function Session:follow_reports(list)
  self.looks[1] = list[1].o
  list[#list + 1] = self.o.progress
end

--- Begins, with the run that is about to.
---@param run engine.run.Run
function Session:attach(run)
  self.run, self.began = run, run.began
  if not self.screen and not self.keys then
    return
  end
  self.is_ours = term.is_foreground(self.o.out.fd)
  if self.is_ours then
    grab(self)
  end
  local signal = require("core.signal")
  self.signals = signal.open("SIGWINCH", "SIGCONT")
  self.tasks = { core.spawn(tick, self), core.spawn(handle_signals, self, self.signals) }
  if self.keys then
    self.tasks[3] = core.spawn(handle_keys, self)
  end
end

--- Gives the terminal back.  A second call does nothing.
---@async
function Session:close()
  self.is_over = true
  for _, t in ipairs(self.tasks) do
    t:cancel()
  end
  self.tasks = {}
  for _, name in ipairs({ "signals", "keys" }) do
    if self[name] then
      self[name]:close()
      self[name] = nil
    end
  end
  local out = self.o.out
  if self.screen then
    self.screen:close()
    self.screen, out.divert, self.o.err.divert = nil, nil, nil
    require("engine.script.printed").finish()
  end
  if not self.o.is_shared then
    term.restore()
  end
  if self.own_fd then
    out:finish()
    out.fd = self.shared_fd
    term.close(self.own_fd)
    self.own_fd = nil
  end
end
Session.__close = Session.close

--- Writes to the terminal through a description of our own, which never waits.
local function own_stream(self)
  local out = self.o.out
  local fd = term.reopen(out.fd)
  if fd then
    self.own_fd, self.shared_fd, out.fd = fd, out.fd, fd
  end
end

--- Says whether keys are read: both ends are a terminal, and nobody forbade it.
---@param out engine.ui.Stream
---@param no_input? boolean
---@param env fun(name: string): string?
---@return boolean
---@nodiscard
function M.wants_keys(out, no_input, env)
  return out.is_tty and not no_input and not is_ci(env) and term.is_tty(0)
end

--- Opens the session of a run, a to-be-closed value; `core.term.guard` comes first.
---@param o engine.ui.SessionOptions
---@return engine.ui.Session
---@nodiscard
function M.open(o)
  local self = setmetatable({ o = o, tasks = {}, looks = {}, began = clock.ms() }, Session)
  if o.mode == "bar" or o.has_keys then
    keys, live = require("engine.ui.keys"), require("engine.ui.live")
    screen = require("engine.ui.screen")
  end
  if o.mode == "bar" then
    own_stream(self)
    self.live = live.new()
    self.screen = screen.new(o.out, function()
      return now_of(self)
    end, screen.reflows(o.env))
    local function divert(bytes)
      self.screen:write(bytes)
    end
    o.out.divert = divert
    o.err.divert = o.err.is_tty and divert or nil
  end
  if o.has_keys then
    self.keys = require("core.keys").open(0)
  end
  return self
end

return M
