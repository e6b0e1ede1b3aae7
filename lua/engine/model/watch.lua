--- What a file says of the developer loop: [watch].
local host_path = require("engine.model.host_path")
local ignored = require("engine.watch.ignored")

local M = {}

---@class engine.model.Watch
---@field paths string[] absolute: files and folders whose saves touch the tests
---@field ignored? engine.watch.Ignored whose saves do not
---@field debounce_ms? integer a save of what touches the tests waits so long for the next

--- Builds it.
---@param cx engine.model.Context
---@param root engine.model.Checked
---@return engine.model.Watch
---@nodiscard
function M.build(cx, root)
  local checked = root.value.watch
  local value, watch = checked.value, { paths = {}, debounce_ms = checked.value.debounce_ms }
  for i, path in ipairs(value.paths or {}) do
    watch.paths[i] = host_path.join(cx.dir, path)
  end
  local patterns = table.move(value.ignore or {}, 1, #(value.ignore or {}), 1, {})
  if patterns[1] then
    local bad
    watch.ignored, bad = ignored.compile(patterns, cx.project_dir)
    if bad then
      cx:at_value("P103", checked.raw, "ignore",
        ("%s is no pattern"):format(cx:quote(patterns[bad])),
        "patterns are lines as .gitignore has them", 'such as "*.log" or "/build/"')
    end
  end
  return watch
end

return M
