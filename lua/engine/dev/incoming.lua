--- What comes in while a loop turns: changes of watched files.
local changes = require("engine.watch.changes")
local clock = require("core.clock")

---@class engine.dev.incoming
local M = {}

---@class engine.dev.Incoming a loop, of tests or of a program
---@field debounce_ms? integer by the settings
---@field inputs engine.dev.Inputs
---@field queue engine.watch.Change[] not looked at yet
---@field news core.task.Event

--- Puts changes at the end of the queue, until nothing is watched any more.
---@async
---@param self engine.dev.Incoming
---@param watch core.watch.Watch
---@param is_noise? fun(path: string): boolean what nobody is told of
function M.follow(self, watch, is_noise)
  local series = changes.new(watch, {
    debounce_ms = function()
      return self.debounce_ms
    end,
    is_input = function(path)
      return self.inputs:is_input(path)
    end,
    is_noise = is_noise,
    on_link = function(path)
      self.inputs:follow(path)
    end,
  })
  while true do
    local change = series:next()
    if not change then
      return
    end
    change.told_ns = clock.now()
    self.queue[#self.queue + 1] = change
    self.news:set()
  end
end

return M
