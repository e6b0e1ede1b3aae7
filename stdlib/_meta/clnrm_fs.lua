---@meta clnrm.fs

-- The API of Lua tests, for editors.  Generated from lua/engine/api: `make docs`.

--- Reads files of the project, never outside of it, by no link either. Files of a room are
--- `Room:put` and `Room:get`.
---@class clnrm.fs
local fs = {}

--- Reads a file of the project.
---
--- ```lua
--- local content, err = clnrm.fs.read("../secret")
--- clnrm.expect(content):is_nil()
--- clnrm.expect(err.code):equals("EOUTSIDE")
--- ```
---@param path string # relative to the project
---@return string? content
---@return core.Error? err
--- ENOENT: there is none.
--- EOUTSIDE: the path leads out of the project.
--- ELIMIT: it is larger than 64 MiB.
function fs.read(path) end

--- Says whether something is at a path of the project.
---
--- ```lua
--- clnrm.expect(clnrm.fs.exists("no-such-file")):is_false()
--- ```
---@param path string # relative to the project
---@return boolean? exists
---@return core.Error? err
--- EOUTSIDE: the path leads out of the project.
function fs.exists(path) end

--- Lists the names in a folder of the project, sorted.
---
--- ```lua
--- clnrm.expect(#clnrm.fs.list(".")):ge(1)
--- ```
---@param path string # "." is the project itself
---@return string[]? names
---@return core.Error? err
--- ENOENT: there is none.
--- ENOTDIR: it is no folder.
--- EOUTSIDE: the path leads out of the project.
function fs.list(path) end

return fs
