--- Thousands of requests that are changed, cut and mixed, to a server that answers, streams and
--- gives up in turn. Under the sanitizers (VARIANT=address) nothing may be read amiss or left
--- behind.
local http = require("core.http")
local httpd = require("core.httpd")
local proc = require("core.proc")
local task = require("core.task")

local CLIENTS = assert(os.getenv("CLNRM_ROOT")) .. "/tests/tools/hostile_http.py"
local COUNT, DEADLINE_MS = 1000, 600000

--- What is done with requests, one after the other.
local WAYS = {
  function() end,
  function(request)
    request:answer(200, { ["X-A"] = "b" }, ("x"):rep(150000))
  end,
  function(request)
    if request:stream(200) then
      for _ = 1, 4 do
        if not request:write(("y"):rep(60000)) then
          return
        end
        task.sleep(2)
      end
    end
  end,
  function(request)
    task.sleep(30)
    request:answer(204)
  end,
  function(request)
    request:stream(200)
    request:answer(303, { Location = "./" }, "")
  end,
}

describe("core.httpd under hostile clients", function()
  for seed = 1, 3 do
    it("answers who comes after them, and keeps no connection of theirs: seed " .. seed, function()
      local server <close> = assert(httpd.open({ request_ms = 400, send_ms = 400 }))
      local count, is_over = 0, false
      local serving = task.spawn(function()
        while true do
          local request = server:next()
          if not request then
            return
          end
          count = count + 1
          local way = WAYS[count % #WAYS + 1]
          task.spawn(function()
            local held <close> = request
            if is_over then
              held:answer(200, nil, "well")
            else
              way(held)
            end
          end)
        end
      end)
      local clients <close> = assert(proc.spawn({ argv = { "python3", CLIENTS,
        tostring(server:port()), tostring(seed), tostring(COUNT) } }))
      local ended = assert(task.timeout(DEADLINE_MS, clients.wait, clients))
      assert.equal(0, ended.code, clients:stderr())
      assert.equal(COUNT .. "\n", clients:stdout())
      assert.is_true(count > COUNT / 4, "too few of them came through: " .. count)
      is_over = true
      local client <close> = assert(http.client({ base = "http://127.0.0.1:" .. server:port() }))
      local call <close> = assert(client:ask({ target = "/", timeout_ms = DEADLINE_MS }))
      assert.equal("well", call:read())
      call:close()
      for _ = 1, 1000 do
        if server:connections() > 1 then -- the client keeps its own
          task.sleep(10)
        end
      end
      assert.is_true(server:connections() <= 1)
      server:close()
      serving:join()
    end)
  end
end)
