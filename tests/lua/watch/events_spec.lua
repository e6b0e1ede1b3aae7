--- core.watch on real folders: what is told of files that are written, moved, made and removed.
local fs = require("core.fs")
local task = require("core.task")
local watch = require("core.watch")

local QUIET_MS = 60

local function sh(command)
  assert(os.execute(command))
end

local function folder()
  local path = os.tmpname()
  os.remove(path)
  sh("mkdir " .. path)
  return setmetatable({ path = path }, { __close = function()
    sh("rm -rf " .. path)
  end })
end

--- Takes what is told until nothing more comes: { "kind path", … }, paths below the folder.
local function told(w, dir, first_ms)
  local list = {}
  while true do
    local events = task.timeout(list[1] and QUIET_MS or first_ms or 2000, w.next, w)
    if not events then
      return list
    end
    for _, event in ipairs(events) do
      local path = event.path and event.path:sub(#dir + 2)
      list[#list + 1] = event.kind .. (path and " " .. path or "")
    end
  end
end

--- What a command does to files is told so.
local function tells(opts, before, command, expected)
  local dir <close> = folder()
  local cd = "cd " .. dir.path .. " && "
  sh(cd .. (before or "true"))
  local w <close> = assert(watch.open(opts))
  assert(w:add(dir.path))
  sh(cd .. command)
  assert.same(expected, told(w, dir.path))
end

describe("core.watch", function()
  it("tells a file that is written, when it is closed", function()
    tells(nil, "echo a >f", "echo b >f", { "modified f", "written f" })
  end)

  it("tells a file that is made", function()
    tells(nil, nil, "echo b >f", { "modified f", "written f" })
  end)

  it("tells a file that is moved: gone where it was, written where it came", function()
    tells(nil, "echo a >f", "mv f g", { "removed f", "written g" })
  end)

  it("tells a file that is put in the place of another", function()
    tells(nil, "echo a >f; echo b >f.tmp", "mv f.tmp f", { "removed f.tmp", "written f" })
  end)

  it("tells links, which are never closed after writing", function()
    tells(nil, "echo a >f", "ln -s f s; ln f h", { "written s", "written h" })
  end)

  it("tells a file that is removed", function()
    tells(nil, "echo a >f", "rm f", { "removed f" })
  end)

  it("tells nothing of a file that is read", function()
    tells(nil, "echo a >f", "cat f >/dev/null; touch g; rm f",
      { "modified g", "mode g", "written g", "removed f" })
  end)

  it("tells a file whose mode changes", function()
    tells(nil, "echo a >f", "chmod 700 f", { "mode f" })
  end)

  it("watches folders that come later, with what is in them already", function()
    local dir <close> = folder()
    local w <close> = assert(watch.open())
    assert(w:add(dir.path))
    sh("mkdir -p " .. dir.path .. "/a/b && echo 1 >" .. dir.path .. "/a/b/f")
    local list = told(w, dir.path)
    assert.equal("written a/b/f", list[#list])
    sh("echo 2 >" .. dir.path .. "/a/b/f")
    list = told(w, dir.path)
    assert.equal("written a/b/f", list[#list])
    assert.equal(3, w:stats().folders)
  end)

  it("follows a folder that is moved, by its new name", function()
    local dir <close> = folder()
    sh("mkdir -p " .. dir.path .. "/a/b")
    local w <close> = assert(watch.open())
    assert(w:add(dir.path))
    sh("cd " .. dir.path .. " && mv a c")
    assert.same({ "removed a" }, told(w, dir.path))
    sh("echo 2 >" .. dir.path .. "/c/b/f")
    assert.same({ "modified c/b/f", "written c/b/f" }, told(w, dir.path))
    assert.equal(3, w:stats().folders)
    assert.equal(0, w:stats().polled)
  end)

  it("forgets a folder that is removed, and one that is moved away", function()
    local dir <close> = folder()
    sh("cd " .. dir.path .. " && mkdir -p w/a/b w/c/d")
    local w <close> = assert(watch.open())
    assert(w:add(dir.path .. "/w"))
    assert.equal(5, w:stats().folders)
    sh("cd " .. dir.path .. " && rm -r w/a && mv w/c .")
    told(w, dir.path)
    assert.equal(1, w:stats().folders)
    sh("echo 2 >" .. dir.path .. "/c/f")
    assert.same({}, told(w, dir.path, 100))
  end)

  it("does not enter folders that are to be skipped, now or later", function()
    local dir <close> = folder()
    sh("cd " .. dir.path .. " && mkdir -p .git a/.git")
    local w <close> = assert(watch.open({ skip = { ".git" } }))
    assert(w:add(dir.path))
    sh("cd " .. dir.path .. " && mkdir -p b/.git; for d in . a b; do echo 1 >$d/.git/f; done")
    assert.same({}, told(w, dir.path, 150))
    assert.equal(3, w:stats().folders)
  end)

  it("does not follow links among the folders, but tells of them", function()
    local dir <close> = folder()
    sh("cd " .. dir.path .. " && mkdir out w && ln -s ../out w/l")
    local w <close> = assert(watch.open())
    assert(w:add(dir.path .. "/w"))
    sh("echo 1 >" .. dir.path .. "/out/f")
    assert.same({ "link w/l" }, told(w, dir.path, 100))
  end)

  it("does not enter the folders of one that is flat, now or later", function()
    local dir <close> = folder()
    sh("mkdir " .. dir.path .. "/a")
    local w <close> = assert(watch.open())
    assert(w:add(dir.path, { flat = true }))
    sh("cd " .. dir.path .. " && mkdir b && echo 1 >a/f && echo 1 >b/f && echo 1 >f")
    assert.same({ "modified f", "written f" }, told(w, dir.path))
    assert.equal(1, w:stats().folders)
  end)

  it("waits for a folder that is not there, and for one that comes again", function()
    local dir <close> = folder()
    local w <close> = assert(watch.open({ poll_ms = 20 }))
    assert(w:add(dir.path .. "/w"))
    sh("mkdir " .. dir.path .. "/w && echo 1 >" .. dir.path .. "/w/f")
    local list = told(w, dir.path)
    assert.equal("written w/f", list[#list])
    assert.equal(0, w:stats().polled)
    sh("rm -r " .. dir.path .. "/w")
    list = told(w, dir.path)
    assert.same({ "removed w/f", "removed w" }, { list[#list - 1], list[#list] })
    sh("mkdir -p " .. dir.path .. "/w/a && echo 1 >" .. dir.path .. "/w/a/g")
    list = told(w, dir.path)
    assert.equal("written w/a/g", list[#list])
  end)

  it("goes on when a root is renamed and renamed back", function()
    local dir <close> = folder()
    sh("cd " .. dir.path .. " && mkdir w && echo 1 >w/f")
    local w <close> = assert(watch.open({ poll_ms = 20 }))
    assert(w:add(dir.path .. "/w"))
    sh("cd " .. dir.path .. " && mv w w2 && mv w2 w && echo 2 >w/f")
    local list = told(w, dir.path)
    assert.equal("written w/f", list[#list])
    sh("echo 3 >" .. dir.path .. "/w/f")
    assert.same({ "modified w/f", "written w/f" }, told(w, dir.path))
  end)

  it("says that events were lost, and watches what came meanwhile", function()
    local dir <close> = folder()
    sh("mkdir " .. dir.path .. "/old")
    local w <close> = assert(watch.open())
    assert(w:add(dir.path))
    local limit = tonumber(assert(fs.read("/proc/sys/fs/inotify/max_queued_events")))
    -- nothing is read of the queue while the program waits for these
    sh(("cd %s && rmdir old && mkdir new; i=0; while [ $i -lt %d ]; do : >f; : >g; i=$((i+1)); "
      .. "done; mkdir -p late/er"):format(dir.path, limit // 2 + 100))
    assert.same({ "overflow" }, told(w, dir.path))
    assert.equal(1, w:stats().overflows)
    assert.equal(4, w:stats().folders)
    sh("echo 1 >" .. dir.path .. "/late/er/f")
    assert.same({ "modified late/er/f", "written late/er/f" }, told(w, dir.path))
  end)

  it("polls where the kernel gives no more watches", function()
    local clnrm = assert(os.getenv("CLNRM"))
    local dir <close> = folder()
    sh("cd " .. dir.path .. " && mkdir a b c d e f")
    local file = assert(io.open(dir.path .. "/watch.lua", "w"))
    file:write([[
      local task, watch = require("core.task"), require("core.watch")
      local w = assert(watch.open({ poll_ms = 20 }))
      assert(w:add(arg[1]))
      print(w:stats().folders, w:stats().polled)
      for _, name in ipairs({ "a", "f" }) do
        os.execute("echo 1 >" .. arg[1] .. "/" .. name .. "/x")
        local events = assert(task.timeout(60000, w.next, w))
        print(events[#events].path:sub(#arg[1] + 2))
        task.sleep(100)
        task.timeout(1, w.next, w)
      end]])
    file:close()
    local pipe = assert(io.popen(("unshare -Ur sh -c 'echo 4 >/proc/sys/user/max_inotify_watches "
      .. "&& exec %s lua %s/watch.lua %s' 2>&1"):format(clnrm, dir.path, dir.path)))
    local out = pipe:read("a")
    pipe:close()
    assert.equal("7\t3\na/x\nf/x\n", out)
  end)

  it("polls alone when it is told to", function()
    tells({ only_polls = true, poll_ms = 20 }, "mkdir a; echo 1 >a/f; echo 1 >g",
      "echo 22 >a/f; rm g", { "removed g", "written a/f" })
    tells({ only_polls = true, poll_ms = 20 }, "echo 1 >g", "mkdir -p a/b; echo 1 >a/b/f",
      { "written a/b/f" })
    tells({ only_polls = true, poll_ms = 20 }, "mkdir -p a/b; echo 1 >a/b/f", "rm -r a",
      { "removed a/b/f" })
  end)

  it("ends who waits when it is closed", function()
    local w = assert(watch.open())
    local waiting = task.spawn(function()
      return w:next()
    end)
    task.sleep(5)
    w:close()
    local events, err = waiting:join()
    assert.is_nil(events)
    assert.equal("ECANCELED", err.code)
    assert.has_error(function()
      w:stats()
    end)
  end)

  it("refuses what is no absolute path, and options that are none", function()
    local w <close> = assert(watch.open())
    assert.has_error(function()
      w:add("a")
    end)
    assert.has_error(function()
      watch.open({ skips = {} })
    end)
    assert.has_error(function()
      watch.open({ skip = { 1 } })
    end)
  end)
end)
