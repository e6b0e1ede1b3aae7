---@meta core.archive

--- Archives of images, and the trees that are made of them.  What reads much waits: a thread does
--- it.  libarchive and SHA-256 are loaded on first use.
---@class core.archive
local archive = {}

---@class core.archive.Entry
---@field name string
---@field kind "file"|"directory"|"link"|"hardlink"|"sparse"|"other"
---@field link? string
---@field size integer
---@field offset integer where its content begins in what comes out of the file

---@class core.archive.List
---@field [integer] core.archive.Entry
---@field bytes integer that come out of the file
---@field read integer  that it has; the same when it is not compressed

--- Lists a tar, plain or by gzip or zstd.
---@async
---@param path string
---@return core.archive.List? list
---@return core.Error? err ESYNTAX: it is no such archive, or is damaged; ELIMIT
function archive.list(path) end

--- Writes what comes out of a compressed file to a new file.
---@async
---@param path string
---@param to string
---@return integer? bytes
---@return core.Error? err
function archive.inflate(path, to) end

---@class core.archive.Part
---@field offset? integer of the file
---@field size? integer   default: to its end
---@field files? integer  that may be made; default 100,000
---@field bytes? integer  of content; default 4 GiB

---@class core.archive.Unpacked
---@field files integer
---@field bytes integer
---@field devices integer that were left out
---@field fifos integer   likewise
---@field raw string      SHA-256 of the part as it lies in the file, in hex
---@field plain string    and of the tar that comes out of it

--- Unpacks a tar, or a part of a file that is one, into a folder, over what is there; trusts
--- nothing that is in it.
---@async
---@param path string
---@param into string
---@param part? core.archive.Part
---@return core.archive.Unpacked? unpacked
---@return core.Error? err ESYNTAX, ELIMIT, or of the disk; detail.name: the entry that was refused
function archive.unpack(path, into, part) end

---@class core.archive.Tree
---@field quick string of what the kernel notes of each file
---@field full? string of the contents, too
---@field files integer
---@field bytes integer

--- Tells a tree of files by digests.
---@async
---@param dir string
---@param options? { full?: boolean }
---@return core.archive.Tree? tree
---@return core.Error? err
function archive.tree(dir, options) end

--- Removes whatever is at a path with all below it; fine when nothing is.  Follows no link.
---@async
---@param path string
---@return true? ok
---@return core.Error? err E2BIG: it is nested deeper than 256 folders
function archive.remove(path) end

--- Reads a part of a file.
---@param path string
---@param offset integer
---@param size integer at most 16 MiB
---@return string? bytes
---@return core.Error? err ESYNTAX: the file ends before
function archive.read(path, offset, size) end

--- Tells a state of a file: the text changes with every change of the file, and only then.
---@param path string
---@return string? stamp
---@return core.Error? err
function archive.stamp(path) end

return archive
