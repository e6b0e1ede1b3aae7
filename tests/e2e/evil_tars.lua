--- Archives that must do no harm: { what it is, what must come of it, what is in it }.
-- luacheck: no max line length
---
--- What must come of it is a pattern of the one error, or true: it is unpacked, inside the root only.
--- TOP is where the tests keep a folder that must not change: TOP/canary.  A plain root is made of
--- each: `etc/` and a file in it come first, unless the list is a text, which is the whole file.
local tar = dofile("tests/e2e/tar.lua")

local pax, long, zstd = tar.pax, tar.long, tar.zstd

local DIR, LINK, HARD = "5", "2", "1"
local A = "a part" -- content
local ROOT = { n = "etc/", t = DIR }

local function many(count, make)
  local list = {}
  for i = 1, count do
    list[i] = make(i)
  end
  return list
end

local function whole(...)
  return tar.archive({ ROOT, ... })
end

return function(TOP)
  local CANARY = TOP .. "/canary"
  return {
    -- names
    { "leads up", "%.%. in its name", { { n = "../evil", d = A } } },
    { "leads up later", "%.%. in its name", { { n = "etc/../../evil", d = A } } },
    { "leads up behind ./", "%.%. in its name", { { n = "./../evil", d = A } } },
    { "is ..", "%.%. in its name", { { n = "..", t = DIR } } },
    { "is ../", "%.%. in its name", { { n = "../", t = DIR } } },
    { "ends with ..", "%.%. in its name", { { n = "etc/..", t = DIR } } },
    { "ends with ../", "%.%. in its name", { { n = "etc/../", t = DIR } } },
    { "leads up to the canary", "%.%. in its name", { { n = "../../../../canary/x", d = A } } },
    { "absolute", "absolute name", { { n = "/evil", d = A } } },
    { "absolute canary", "absolute name", { { n = CANARY .. "/x", d = A } } },
    { "absolute folder", "absolute name", { { n = CANARY .. "/", t = DIR, m = 0 } } },
    { "two slashes first", "absolute name", { { n = "//evil", d = A } } },
    { "absolute behind ./", "empty part", { { n = ".//evil", d = A } } },
    { "empty part", "empty part", { { n = "etc//x", d = A } } },
    { "two slashes last", "empty part", { { n = "etc//", t = DIR } } },
    { "a . in it", "a %. in its name", { { n = "etc/./x", d = A } } },
    { "no name", "no name", { { n = "", d = A } } },
    { "upwards in the prefix", "%.%. in its name", { { n = "x", prefix = "..", d = A } } },
    { "absolute in the prefix", "absolute name", { { n = "x", prefix = "/etc", d = A } } },
    { "upwards by pax", "%.%. in its name", { pax({ path = "../evil" }), { n = "x", d = A } } },
    { "absolute by pax", "absolute name", { pax({ path = CANARY .. "/x" }), { n = "x", d = A } } },
    { "upwards by GNU", "%.%. in its name", { long("../evil"), { n = "x", d = A } } },
    { "absolute by GNU", "absolute name", { long(CANARY .. "/x"), { n = "x", d = A } } },
    { "5000 bytes by GNU", "too long", { long(("a/"):rep(2500) .. "x"), { n = "x", d = A } } },
    { "5000 bytes by pax", "too long",
      { pax({ path = ("a/"):rep(2500) .. "x" }), { n = "x", d = A } } },
    { "part of 256 bytes", "longer than 255", { long(("n"):rep(256)), { n = "x", d = A } } },
    { "65 deep", "nested too deep", { long(("d/"):rep(64) .. "x"), { n = "x", d = A } } },
    { "64 deep", true, { long(("d/"):rep(63) .. "x"), { n = "x", d = A } } },
    { "a NUL by pax", true, { pax({ path = "etc/x\0/../../evil" }), { n = "y", d = A } } },
    { "a NUL in the name", true, { { n = "etc/x\0/../../evil", d = A } } },
    { "three points", true, { { n = "etc/...", d = A } } },
    { "points and blanks", true, { { n = "etc/.. /x", d = A } } },
    { "points in front", true, { { n = "etc/..x", d = A } } },
    { "backslashes", true, { { n = "etc\\..\\..\\evil", d = A } } },
    { "a newline", true, { { n = "etc/a\nb", d = A } } },
    { "an escape sequence", true, { { n = "etc/\27[2J", d = A } } },
    { "no UTF-8", true, { { n = "etc/\xff\xfe", d = A } } },
    { "UTF-8 by pax", true, { pax({ path = "etc/fußnote" }), { n = "x", d = A } } },
    { "no UTF-8 by pax", true,
      { pax({ hdrcharset = "BINARY", path = "etc/\xff" }), { n = "x", d = A } } },
    { "a tilde", true, { { n = "~/x", d = A } } },
    { "an option", true, { { n = "--checkpoint-action=exec=sh", d = A } } },
    { "a drive", true, { { n = "C:\\x", d = A } } },
    -- the root itself
    { "the root as a file", "replace the root", { { n = ".", d = A } } },
    { "the root as a link", "replace the root", { { n = ".", t = LINK, l = CANARY } } },
    { "the root as a link, ./", "replace the root", { { n = "./", t = LINK, l = CANARY } } },
    { "the root with no rights", true, { { n = "./", t = DIR, m = 0 } } },
    -- symbolic links
    { "link up", "leads out of the root", { { n = "etc/l", t = LINK, l = "../../evil" } } },
    { "link up at the top", "leads out of the root", { { n = "l", t = LINK, l = ".." } } },
    { "link up and down", "leads out of the root", { { n = "l", t = LINK, l = "../canary" } } },
    { "link up late", "leads out of the root",
      { { n = "etc/l", t = LINK, l = "a/b/../../../../x" } } },
    { "absolute link up", "leads out of the root", { { n = "l", t = LINK, l = "/../../x" } } },
    { "link up by pax", "leads out of the root",
      { pax({ linkpath = "../../x" }), { n = "l", t = LINK, l = "x" } } },
    { "link up by GNU", "leads out of the root",
      { long("../../x", "K"), { n = "l", t = LINK, l = "x" } } },
    { "link to nothing", "link to nothing", { { n = "l", t = LINK, l = "" } } },
    { "link of 5000 bytes", "too long",
      { long(("a/"):rep(2500), "K"), { n = "l", t = LINK, l = "x" } } },
    { "link to the canary", true, { { n = "l", t = LINK, l = CANARY } } },
    { "links in a circle", true, { { n = "a", t = LINK, l = "b" }, { n = "b", t = LINK, l = "a" } } },
    { "link to itself", true, { { n = "a", t = LINK, l = "a" } } },
    { "file through a link", "through a link",
      { { n = "l", t = LINK, l = CANARY }, { n = "l/x", d = A } } },
    { "file through a link inside", "through a link",
      { { n = "l", t = LINK, l = "etc" }, { n = "l/x", d = A } } },
    { "folder through a link", "through a link",
      { { n = "l", t = LINK, l = CANARY }, { n = "l/x/", t = DIR } } },
    { "link through a link", "through a link",
      { { n = "l", t = LINK, l = CANARY }, { n = "l/x", t = LINK, l = "y" } } },
    { "deep file through a link", "through a link",
      { { n = "etc/l", t = LINK, l = CANARY }, { n = "etc/l/a/b/c", d = A } } },
    { "through two links", "through a link", { { n = "a", t = LINK, l = CANARY },
      { n = "b", t = LINK, l = "a" }, { n = "b/x", d = A } } },
    { "through a link to itself", "through a link",
      { { n = "a", t = LINK, l = "a" }, { n = "a/x", d = A } } },
    { "mode of a link's target", "two kinds",
      { { n = "l", t = LINK, l = CANARY }, { n = "l/", t = DIR, m = 0 } } },
    { "file over a link", "two kinds",
      { { n = "l", t = LINK, l = CANARY .. "/file" }, { n = "l", d = A } } },
    { "through a file", "no folder", { { n = "f", d = A }, { n = "f/x", d = A } } },
    -- hard links
    { "hard link up", "no file may have", { { n = "h", t = HARD, l = "../canary/file" } } },
    { "hard link absolute", "no file may have", { { n = "h", t = HARD, l = CANARY .. "/file" } } },
    { "hard link up by pax", "no file may have",
      { pax({ linkpath = "../../canary/file" }), { n = "h", t = HARD, l = "x" } } },
    { "hard link to what is missing", "not there", { { n = "h", t = HARD, l = "etc/none" } } },
    { "hard link to what comes later", "not there",
      { { n = "h", t = HARD, l = "etc/x" }, { n = "etc/x", d = A } } },
    { "hard link to a folder", "to a folder", { { n = "h", t = HARD, l = "etc" } } },
    { "hard link through a link", "through a link",
      { { n = "l", t = LINK, l = CANARY }, { n = "h", t = HARD, l = "l/file" } } },
    { "hard link of a link", true,
      { { n = "l", t = LINK, l = CANARY .. "/file" }, { n = "h", t = HARD, l = "l" } } },
    { "through a hard link of a link", "through a link", { { n = "l", t = LINK, l = CANARY },
      { n = "h", t = HARD, l = "l" }, { n = "h/x", d = A } } },
    { "hard link into a link", "through a link", { { n = "f", d = A },
      { n = "l", t = LINK, l = CANARY }, { n = "l/x", t = HARD, l = "f" } } },
    { "hard link to itself", true, { { n = "f", d = A }, { n = "f", t = HARD, l = "f" } } },
    { "hard link over a folder", "two kinds", { { n = "f", d = A }, { n = "etc", t = HARD, l = "f" } } },
    { "file over a hard link of a link", true, { { n = "f", d = A },
      { n = "h", t = HARD, l = "f" }, { n = "h", d = "other" } } },
    -- the same name twice
    { "file twice", true, { { n = "etc/f", d = A }, { n = "etc/f", d = "other" } } },
    { "folder twice", true, { { n = "etc/", t = DIR }, { n = "etc", t = DIR, m = 448 } } },
    { "folder, then link", "two kinds", { { n = "etc", t = LINK, l = CANARY } } },
    { "full folder, then link", "two kinds",
      { { n = "etc/f", d = A }, { n = "etc", t = LINK, l = CANARY }, { n = "etc/f", d = A } } },
    { "folder made on the way, then link", "two kinds",
      { { n = "a/b/f", d = A }, { n = "a/b", t = LINK, l = CANARY } } },
    { "folder, then file", "two kinds", { { n = "etc", d = A } } },
    { "file, then folder", "two kinds", { { n = "f", d = A }, { n = "f/", t = DIR } } },
    { "file, then link", "two kinds", { { n = "f", d = A }, { n = "f", t = LINK, l = CANARY } } },
    { "link, then file, then link", "two kinds", { { n = "f", t = LINK, l = CANARY },
      { n = "f", d = A }, { n = "f", t = LINK, l = CANARY } } },
    { "names that differ by case", true, { { n = "etc/F", d = A }, { n = "etc/f", d = A } } },
    -- whiteouts
    { "whiteout of nothing", "no name", { { n = "etc/.wh.", d = "" } } },
    { "whiteout of .", "no name", { { n = "etc/.wh..", d = "" } } },
    { "whiteout of ..", "no name", { { n = "etc/.wh...", d = "" } } },
    { "whiteout upwards", "%.%. in its name", { { n = "etc/../.wh.x", d = "" } } },
    { "whiteout through a link", "through a link",
      { { n = "l", t = LINK, l = CANARY }, { n = "l/.wh.file", d = "" } } },
    { "opaque through a link", "through a link",
      { { n = "l", t = LINK, l = CANARY }, { n = "l/.wh..wh..opq", d = "" } } },
    { "whiteout as a link", true, { { n = "etc/.wh.x", t = LINK, l = CANARY } } },
    { "whiteout of what is not there", true, { { n = "none/.wh.x", d = "" } } },
    { "opaque root", true, { { n = ".wh..wh..opq", d = "" } } },
    { "notes of aufs", true, { { n = ".wh..wh.plnk", t = "5" }, { n = ".wh..wh.aufs", d = "" } } },
    -- kinds
    { "a device", true, { { n = "etc/null", t = "3", m = 438 } } },
    { "a block device", true, { { n = "etc/sda", t = "4", m = 438 } } },
    { "a FIFO", true, { { n = "etc/pipe", t = "6" } } },
    { "an unknown kind", true, { { n = "etc/odd", t = "Z", d = A } } },
    { "a contiguous file", true, { { n = "etc/odd", t = "7", d = A } } },
    { "set-user-ID", true, { { n = "etc/su", d = A, m = 2541 } } }, -- 04755
    { "sparse by GNU", "sparse", { { n = "s", t = "S", magic = "ustar  \0", d = A,
        prefix = ("\0"):rep(41) .. "00000000000\00000000006\0" .. ("\0"):rep(72) .. "\00077777777777\0" } } },
    { "sparse by pax 0.1", "sparse",
      { pax({ ["GNU.sparse.size"] = "1099511627776", ["GNU.sparse.numblocks"] = "1",
        ["GNU.sparse.map"] = "0,6" }), { n = "s", d = A } } },
    { "sparse by pax 1.0", "sparse",
      { pax({ ["GNU.sparse.major"] = "1", ["GNU.sparse.minor"] = "0", ["GNU.sparse.name"] = "s",
        ["GNU.sparse.realsize"] = "1099511627776" }), { n = "x", d = "1\n0\n512\n" .. ("\0"):rep(504) .. ("a"):rep(512) } } },
    { "extended attributes", true,
      { pax({ ["SCHILY.xattr.security.capability"] = "\1\0\0\2" }), { n = "etc/c", d = A } } },
    -- sizes
    { "8 GiB that are not there", "Truncated", { { n = "f", size = "77777777777\0", cut = 0 } } },
    { "a size below zero", ".", { { n = "f", size = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe", cut = 0 } } },
    { "a size of 2^63", ".", { { n = "f", size = "\x80\0\0\0\x80\0\0\0\0\0\0\0", cut = 0 } } },
    { "a size that is no number", ".", { { n = "f", size = "xyz", d = A } } },
    { "a size of pax, 2^62", ".", { pax({ size = "4611686018427387904" }), { n = "f", d = A } } },
    { "a size of pax below zero", ".", { pax({ size = "-1" }), { n = "f", d = A } } },
    { "more than 100,000 entries", "more than 100000 entries", many(100001, function()
      return { n = "etc/f", d = "" }
    end) },
    { "more folders than it names", "one folder too many", many(80, function(i)
      return tar.entry(long(("d%d/"):format(i) .. ("d/"):rep(60) .. "x")) .. tar.entry({ n = "x" })
    end) },
    { "a bomb of zstd", "come out of each|larger than", zstd(tar.entry(ROOT)
      .. tar.entry({ n = "f", size = 8 << 30 - 1, cut = 0 }), 30000) },
    { "a bomb that is no tar", ".", zstd("", 30000) },
    -- damage
    { "a wrong checksum", ".", { { n = "f", d = A, sum = "000001\0 " } } },
    { "no checksum", ".", { { n = "f", d = A, sum = ("\0"):rep(8) } } },
    { "a cut header", ".", whole():sub(1, 700) },
    { "a cut content", ".", tar.archive({ ROOT, { n = "f", d = ("x"):rep(2000), cut = 1000 } }, true) },
    { "cut behind an entry", "cut off", tar.archive({ ROOT, { n = "f", d = A } }, true) },
    { "cut behind zeros", "cut off", tar.archive({ ROOT, { n = "f", d = ("\0"):rep(4096) } }, true) },
    { "something behind the end", "behind its end", whole() .. "more" },
    { "an archive behind the end", "behind its end", whole() .. whole({ n = "../evil", d = A }) },
    { "something far behind the end", "behind its end", whole() .. ("\0"):rep(20000) .. "x" },
    { "one block at its end", true, tar.archive({ ROOT }, true) .. ("\0"):rep(512) },
    { "many zeros at its end", true, whole() .. ("\0"):rep(100000) },
    { "nothing", "Unrecognized", "" },
    { "zeros", ".", ("\0"):rep(10240) },
    { "a text", ".", ("text\n"):rep(1000) },
    { "half a gzip", ".", "\x1f\x8b\x08\0\0\0\0\0\0\3" },
    { "half a zstd", ".", zstd(whole(), 0):sub(1, 1000) },
    { "gzip of nothing", ".", "\x1f\x8b\x08\0\0\0\0\0\0\3\3\0\0\0\0\0\0\0\0\0" },
    { "a zip", ".", "PK\3\4" .. ("\0"):rep(600) },
    { "an ELF file", ".", "\x7fELF" .. ("\2"):rep(2000) },
    { "a pax header of 1 GiB", ".", { { n = "pax", t = "x", size = 1 << 30, cut = 0 } } },
    { "a pax header without an end", ".", { { n = "pax", t = "x", d = "99 path=x\n" }, { n = "f", d = A } } },
    { "a pax header and nothing", ".", tar.archive({ ROOT, pax({ path = "x" }) }, true) },
    { "pax headers by the thousand", "malformed", many(2000, function(i)
      return i < 2000 and pax({ comment = "x" }) or { n = "etc/x", d = A }
    end) },
  }
end
