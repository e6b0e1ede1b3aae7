--- Rooms whose root is an image, against a room with the host's programs; taking an image into the
--- store against `tar -x` of the same file.
---
--- The image is busybox with the library of perl.
local clock = require("core.clock")
local compare = require("compare")
local image = require("engine.image")
local sandbox = require("engine.backend.sandbox")

local ROOMS = 5

local dir = compare.directory("image_room")
local MAKE = [[set -e; cd %s; [ -e big.tar ] || { mkdir -p root/bin root/usr root/etc
  cp /bin/busybox root/bin; ln -sf busybox root/bin/true
  cp -r /usr/share/perl root/usr/
  find root -xtype l -delete; tar -C root -cf big.tar . ; }
  du -sm root | cut -f1; find root | wc -l]]
local pipe = assert(io.popen(MAKE:format(dir)))
local megabytes, files = pipe:read("n", "n")
assert(pipe:close())
print(("the image: %s MB, %s files"):format(megabytes, files))

local fs = require("core.fs")
local tree = { kind = "rootfs", text = "rootfs:root", path = assert(fs.realpath(dir .. "/root")) }
assert(image.ready(tree))

local function rooms_with(one, argv)
  return function()
    local samples = {}
    for i = 1, ROOMS do
      local start = clock.now()
      do
        local room <close> = assert(sandbox.open({ room = { project = "none", image = one } }))
        local result = assert(room:exec({ argv = { argv }, timeout_ms = 30000 }))
        assert(result.exit_code == 0)
      end
      samples[i] = clock.now() - start
    end
    return samples
  end
end

compare.run({
  name = "image_room",
  title = "a fresh room with one step of `true`, open to closed, in a running clnrm: the host's "
    .. "programs; the root of an image (a stored one is the same overlay over another folder)",
  rounds = 20,
  cases = {
    { name = "room of the host", measure = rooms_with(nil, "/usr/bin/true") },
    { name = "room of an image", measure = rooms_with(tree, "/bin/true"), goal = "ratio 1.0" },
  },
})

-- In memory: a disk that others use would be all that is measured.
local MEMORY = "/dev/shm/clnrm-bench-image"
local LOAD = "sh -c 'rm -rf %m && mkdir %m && XDG_CACHE_HOME=%m build/release/clnrm image load -q "
  .. "%d/big.tar'"
local EXTRACT = "sh -c 'rm -rf %m && mkdir %m && tar -C %m -xf %d/big.tar'"

local function line(text)
  return (text:gsub("%%m", MEMORY):gsub("%%d", dir))
end

compare.run({
  name = "image_load",
  title = "an image of that size into the store (checked, both digests, indexed); the peer: tar -x",
  rounds = 5,
  cases = {
    { name = "tar -x", measure = compare.command(1, line(EXTRACT)) },
    { name = "clnrm image load", measure = compare.command(1, line(LOAD)),
      goal = "ratio 2" },
  },
})

os.execute("rm -rf " .. MEMORY)
