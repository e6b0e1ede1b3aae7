--- Lets a task use coroutines of its own: an engine yield inside one parks the whole task.
local park = require("core.task").park

local resume, yield, create = coroutine.resume, coroutine.yield, coroutine.create

local function relay(co, ok, ...)
  if ok and ... == park then
    return relay(co, resume(co, yield(park))) -- park the outer one; hand the wake-up on
  end
  return ok, ...
end

function coroutine.resume(co, ...)
  return relay(co, resume(co, ...))
end

local function unwrap(co, ok, ...)
  if not ok then
    coroutine.close(co) -- so that its <close> variables run, as the original does
    error(..., 0)
  end
  return ...
end

function coroutine.wrap(f)
  local co = create(f)
  return function(...)
    return unwrap(co, relay(co, resume(co, ...)))
  end
end

return {}
