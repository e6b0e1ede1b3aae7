---@meta core.watch

--- Tells which files below some folders change.
---@class core.watch
local watch = {}

---@class core.watch.Options
---@field skip? string[] names of folders that are not entered, at most 256
---@field poll_ms? integer between two looks at what cannot be watched; default 1000
---@field only_polls? boolean inotify is not used: for file systems that tell nothing

---@alias core.watch.Kind
---| "written"  closed after writing, moved here, or found where nothing was known
---| "modified" written to and still open, or just made
---| "removed"
---| "mode"     only its mode, its times or its owner
---| "link"     a link that was there when its folder was added
---| "overflow" events were lost, all may have changed

---@class core.watch.Event
---@field kind core.watch.Kind
---@field path? string absolute; nil with `overflow`

---@class core.watch.Stats
---@field folders integer
---@field polled integer of them those that the kernel gives no watch for, and roots not there
---@field events integer
---@field overflows integer

--- Folders that are watched.  A to-be-closed value.
---@class core.watch.Watch
local Watch = {}

--- Begins to watch; where inotify has no instance left, all is polled.
---@param opts? core.watch.Options
---@return core.watch.Watch? watch
---@return core.Error? err
function watch.open(opts) end

--- Watches a folder with all below it, links among them not followed.  Files that are there are not
--- told.  A folder that is not there is waited for, and its files are told when it comes.
---@param path string absolute
---@param opts? { flat?: boolean } flat: the folders in it are not entered
---@return true? ok
---@return core.Error? err ENAMETOOLONG; ELIMIT: more than 200,000 folders
function Watch:add(path, opts) end

--- Ends it; who waits gets ECANCELED.
function Watch:close() end

--- Waits for changes.  The same event twice in a row is told once.
---@async
---@return core.watch.Event[]? events at most 4096, in order
---@return core.Error? err ECANCELED
function Watch:next() end

--- Counts.
---@return core.watch.Stats stats
function Watch:stats() end

return watch
