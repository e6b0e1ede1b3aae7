---@meta core.cgroup

--- Groups of processes with limits that the kernel enforces. They are made below the group in which
--- clnrm itself runs, in hierarchies of version 1, or of version 2 where the controllers are
--- delegated to it. What cannot be limited on this machine is refused, never left out.
---
--- Version 2 is written by the kernel's documentation and has not been tried yet.
---@class core.cgroup
local cgroup = {}

---@class core.cgroup.Place
---@field version? 1|2 absent: this part cannot be limited here
---@field why? string  then, a sentence

--- Tells what can be limited here.
---@return { memory: core.cgroup.Place, pids: core.cgroup.Place, cpu: core.cgroup.Place } places
function cgroup.detect() end

---@class core.cgroup.Limits # at least one
---@field memory? integer bytes, with what is in swap where the kernel counts that
---@field pids? integer   processes and threads
---@field cpu? integer    thousandths of a CPU: 1000 is as much as one gives
---@field holds_groups? boolean others can be made within it
---@field within? core.cgroup.Group one that holds groups: its limits hold as well

--- Makes an empty group. A command enters it by `group` of `room:spawn`.
---@param limits core.cgroup.Limits
---@return core.cgroup.Group? group
---@return core.Error? err ENOTSUP: one of the limits cannot be enforced here
---@nodiscard
function cgroup.new(limits) end

--- Removes the empty groups that nobody uses: of killed programs, and closed ones that
--- were still in use then. Done by itself before the first room and the first group, and at the end
--- of the program.
---@return integer count
function cgroup.sweep() end

---@class core.cgroup.Group
local Group = {}

---@class core.cgroup.Events
---@field oom_kills integer    processes that were killed for want of memory
---@field pids_refused integer forks that failed
---@field memory_peak integer  bytes; 0: unknown

--- Reads what happened in it so far.
---@return core.cgroup.Events? events
---@return core.Error? err
function Group:events() end

--- Changes limits that it has.
---@param limits { memory?: integer, cpu?: integer } as for `new`
---@return true? ok
---@return core.Error? err EBUSY: more memory is in use; ENOENT: it has no such limit
function Group:change(limits) end

--- Returns its directories on the host.
---@return string[] paths
function Group:paths() end

--- Removes it; also `__close`.
---@return true? ok
---@return core.Error? err EBUSY: processes are in it; it is removed by a later sweep
function Group:close() end

return cgroup
