---@meta core.linehook

--- A coroutine that stops at lines, for a debugger: where a function of Lua says so, it is
--- suspended in the middle of what it runs, with no values, and goes on there when it is resumed.
---@class core.linehook
local linehook = {}

--- The hook of one coroutine.  A to-be-closed value; whoever opened it closes it.
---@class core.linehook.Hook
local Hook = {}

--- Asks at each line, whatever `lines` says, or no more.
---@param is_every boolean
function Hook:every(is_every) end

--- Says at which lines `decide` is asked, of whichever file.
---@param list integer[] 256 at most
function Hook:lines(list) end

--- Asks each `step` instructions as well, with line -1; what is answered then stops nothing.  It
--- counts faster against the limit of the task: for tasks with none that is ever reached.
---@param step integer 100 to 10000
function Hook:sample(step) end

--- Hooks a coroutine that has not ended.  The limit of the running task goes on to count there.
--- Coroutines that it makes do not stop, nor does what cannot yield: comparators, metamethods of C.
---@param co thread
---@param decide fun(line: integer): any runs in the coroutine, at level 1 of its stack, before the
---line; must not wait or raise.  True: the coroutine is suspended
---@return core.linehook.Hook
function linehook.open(co, decide) end

return linehook
