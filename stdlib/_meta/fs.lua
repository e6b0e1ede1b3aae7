---@meta core.fs

--- Files and folders, synchronous.  Reads never hang (a FIFO or a device is an error), writes leave
--- no half file.  Names are bytes, whatever they are.  Errors carry `detail.path`.
---@class core.fs
local fs = {}

---@class core.fs.ReadOptions
---@field max? integer      most bytes; ELIMIT beyond; default 256 MiB
---@field nofollow? boolean a link as the last name is ELOOP
---@field nolinks? boolean  a link anywhere on the way is ELOOP
---@field owned? boolean    a file of another user, or that others can write to, is EPERM

--- Reads a regular file as a whole.
---@param path string
---@param options? core.fs.ReadOptions
---@return string|nil bytes
---@return core.Error? err ENOENT, EACCES, EISDIR, ENOTFILE (FIFO, device, socket), ELIMIT,
---       ELOOP, EPERM
---@nodiscard
function fs.read(path, options) end

---@class core.fs.OpenOptions
---@field nofollow? boolean a link as the last name is ELOOP
---@field nolinks? boolean  a link anywhere on the way is ELOOP
---@field owned? boolean    a file of another user, or that others can write to, is EPERM

--- Opens a regular file to read it: what is looked at and read is that file, whatever is put in its
--- place meanwhile.
---@param path string
---@param options? core.fs.OpenOptions
---@return core.fs.File|nil file
---@return core.Error? err ENOENT, EACCES, EISDIR, ENOTFILE (FIFO, device, socket), ELOOP, EPERM
---@nodiscard
function fs.open(path, options) end

--- A to-be-closed value.
---@class core.fs.File
---@field stat fun(self): core.fs.Stat|nil, core.Error?
local File = {}

--- Reads a part.
---@param offset integer
---@param size integer at most 256 MiB
---@return string|nil bytes fewer only where the file ends
---@return core.Error? err
---@nodiscard
function File:read(offset, size) end

--- Closes the file.
function File:close() end

---@class core.fs.WriteOptions
---@field mode? integer permission bits; default: those of the file replaced, else 0666 less umask
---@field sync? boolean bring it to the disk before it is there under its name; default true
---@field nofollow? boolean a link in its place is ELOOP

--- Writes a file as a whole: under another name in the same folder, then renamed.  When anything
--- fails, what was there stays.  A file that is replaced keeps its owner where that is allowed.  A
--- link to a file is followed (below a root it is ELOOP).
---@param path string
---@param data string
---@param options? core.fs.WriteOptions
---@return true|nil ok
---@return core.Error? err
function fs.write_atomic(path, data, options) end

---@class core.fs.ModeOptions
---@field mode? integer permission bits of what is made, less the umask

--- Adds to the end of a regular file; makes it when it is not there.
---@param path string
---@param data string
---@param options? core.fs.ModeOptions
---@return true|nil ok
---@return core.Error? err
function fs.append(path, data, options) end

---@class core.fs.CopyOptions
---@field mode? integer permission bits; default those of the source
---@field max? integer  most bytes; default 16 GiB

--- Copies a regular file; the copy is written as `write_atomic` writes.
---@param from string
---@param to string
---@param options? core.fs.CopyOptions
---@return true|nil ok
---@return core.Error? err
function fs.copy(from, to, options) end

--- Renames; a file at the new name is replaced.
---@param from string
---@param to string
---@return true|nil ok
---@return core.Error? err
function fs.rename(from, to) end

--- Makes a folder and those above it; fine when it is there.
---@param path string
---@param options? core.fs.ModeOptions
---@return true|nil ok
---@return core.Error? err
function fs.mkdir_p(path, options) end

--- Removes a file, a link or an empty folder.
---@param path string
---@return true|nil ok
---@return core.Error? err
function fs.remove(path) end

---@class core.fs.MaxOptions
---@field max? integer most entries; ELIMIT beyond; default 1,000,000

--- Removes whatever is there with all below it; fine when nothing is.  Follows no link, stays on
--- one file system.  What was removed before a failure stays removed.
---@param path string
---@param options? core.fs.MaxOptions
---@return true|nil ok
---@return core.Error? err
function fs.remove_tree(path, options) end

--- Sets the permission bits.
---@param path string
---@param mode integer
---@return true|nil ok
---@return core.Error? err
function fs.chmod(path, mode) end

--- Gives a file, or a link itself, to a user and a group.
---@param path string
---@param uid integer
---@param gid integer
---@return true|nil ok
---@return core.Error? err EPERM: only root may
function fs.chown(path, uid, gid) end

--- Makes a symbolic link at `path`.
---@param path string
---@param target string what it points to
---@return true|nil ok
---@return core.Error? err
function fs.symlink(path, target) end

--- Tells what a symbolic link points to.
---@param path string
---@return string|nil target
---@return core.Error? err EINVAL: not a link
---@nodiscard
function fs.readlink(path) end

---@alias core.fs.Type "file"|"directory"|"link"|"fifo"|"socket"|"device"|"unknown"

---@class core.fs.Stat
---@field type core.fs.Type
---@field mode integer permission bits
---@field size integer
---@field mtime_ns integer since 1970
---@field ctime_ns integer since 1970, of the last change of anything; nobody can set it
---@field ino integer
---@field dev integer
---@field nlink integer
---@field uid integer
---@field gid integer

--- Describes what is at a path, links followed.
---@param path string
---@return core.fs.Stat|nil stat
---@return core.Error? err
---@nodiscard
function fs.stat(path) end

--- Describes what is at a path; of a link, the link itself.
---@param path string
---@return core.fs.Stat|nil stat
---@return core.Error? err
---@nodiscard
function fs.lstat(path) end

--- Tells whether something is at a path, links followed.
---@param path string
---@return boolean|nil exists
---@return core.Error? err when that cannot be told: EACCES, ELOOP
---@nodiscard
function fs.exists(path) end

---@class core.fs.Entry
---@field name string
---@field type core.fs.Type of a link: "link"
---@field size? integer     bytes, with `stat`
---@field mtime_ns? integer with `stat`

---@class core.fs.ScandirOptions: core.fs.MaxOptions
---@field stat? boolean each entry is looked at; what is gone by then is left out
---@field nolinks? boolean a link anywhere on the way is ELOOP

--- Lists a folder, sorted by the bytes of the names.
---@param path string
---@param options? core.fs.ScandirOptions
---@return core.fs.Entry[]|nil entries
---@return core.Error? err
---@nodiscard
function fs.scandir(path, options) end

--- Resolves every link of a path.
---@param path string
---@return string|nil real absolute
---@return core.Error? err
---@nodiscard
function fs.realpath(path) end

--- Tells the working directory.
---@return string|nil path
---@return core.Error? err ENOENT: it was removed
---@nodiscard
function fs.getcwd() end

--- Changes the working directory of the whole process.
---@param path string
---@return true|nil ok
---@return core.Error? err
function fs.chdir(path) end

--- Tells how many calls of this module, and of methods of its roots, there were in this process:
--- whether what was computed in between has looked at files.
---@return integer
---@nodiscard
function fs.calls() end

---@class core.fs.TempdirOptions
---@field parent? string default $TMPDIR, else /tmp
---@field prefix? string default "clnrm-"

--- Makes a new folder that only this user can enter.
---@param options? core.fs.TempdirOptions
---@return string|nil path
---@return core.Error? err
---@nodiscard
function fs.tempdir(options) end

--- Opens a folder for work that never leaves it: no link, `..` or absolute path leads out
--- (EOUTSIDE).  Its methods are the functions of the module, with paths below the folder.
---@param path string
---@param options? { nolinks?: boolean } nolinks: a link anywhere on the way to it is ELOOP
---@return core.fs.Root|nil root
---@return core.Error? err
---@nodiscard
function fs.open_root(path, options) end

---@class core.fs.Space
---@field total integer       bytes
---@field free integer        bytes, for who is not root
---@field files_free? integer how many more files there can be; nil: nothing limits them
---@field is_read_only boolean

--- Tells how much room there is on the file system of a path.
---@param path string
---@return core.fs.Space|nil space
---@return core.Error? err
---@nodiscard
function fs.space(path) end

---@class core.fs.Root
---@field append fun(self, path, data, options?: core.fs.ModeOptions): true|nil, core.Error?
---@field chmod fun(self, path, mode: integer): true|nil, core.Error?
---@field chown fun(self, path, uid: integer, gid: integer): true|nil, core.Error?
---@field copy fun(self, from, to, options?: core.fs.CopyOptions): true|nil, core.Error?
---@field exists fun(self, path): boolean|nil, core.Error?
---@field lstat fun(self, path): core.fs.Stat|nil, core.Error?
---@field mkdir_p fun(self, path, options?: core.fs.ModeOptions): true|nil, core.Error?
---@field open fun(self, path, options?: core.fs.OpenOptions): core.fs.File|nil, core.Error?
---@field read fun(self, path, options?: core.fs.ReadOptions): string|nil, core.Error?
---@field readlink fun(self, path): string|nil, core.Error?
---@field remove fun(self, path): true|nil, core.Error?
---@field remove_tree fun(self, path, options?: core.fs.MaxOptions): true|nil, core.Error?
---@field rename fun(self, from, to): true|nil, core.Error?
---@field scandir fun(self, path, options?: core.fs.ScandirOptions): core.fs.Entry[]?, core.Error?
---@field space fun(self, path): core.fs.Space|nil, core.Error?
---@field stat fun(self, path): core.fs.Stat|nil, core.Error?
---@field symlink fun(self, path, target: string): true|nil, core.Error?
---@field write_atomic fun(self, path, data, options?: core.fs.WriteOptions): true|nil, core.Error?
local Root = {}

--- Closes the folder.
function Root:close() end

return fs
