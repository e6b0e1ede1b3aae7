--- The page of the developer loop, as any client sees it: who gets it, what it shows, what it does.
local http = require("core.http")
local loops = dofile("tests/tools/loop.lua")
local proc = require("core.proc")
local support = dofile("tests/e2e/support.lua")
local task = require("core.task")

local DEADLINE_MS, POLL_MS = 60000, 20

local TWO, WAITS = loops.two("good", "bad"), loops.SLEEPS

-- All that is told of a test, and each of it wants to be more than text.
local HOSTILE = [==[
[meta]
name = "hostile"
[[scenario]]
name = "\"><img src=x onerror=alert(1)>"
[[scenario.steps]]
name = "</text></svg><script>alert(2)</script>"
command = "printf '</pre><script>alert(3)</script>\\033]0;title\\007'; exit 1 # <script>alert(4)"
expect.stdout.contains = "<script>alert(5)</script>"
]==]

local SECRET = "kR7-canary-of-the-page"

describe("the page of the developer loop", function()
  local dir, loop, url

  before_each(function()
    dir = loops.project({
      ["clnrm.toml"] = '[project]\nname = "<b>shop"\n', ["two.clnrm.toml"] = TWO:format("false"),
    })
  end)

  after_each(function()
    loop = loops.remove(dir, loop)
  end)

  local function start(...)
    loop = loops.start(dir, ...)
    url = loop:await("serving").url
    return loop:cycle()
  end

  --- Asks for a path below the token, or for one of the whole address that begins with "//".
  local function ask(path, request)
    local base, token = url:match("^(http://[^/]+)(/.*)$")
    request = request or {}
    request.target = path:sub(1, 2) == "//" and path:sub(2) or token .. path
    request.timeout_ms = DEADLINE_MS
    local client <close> = assert(http.client({ base = base }))
    local call <close> = assert(client:ask(request))
    local status, headers = call:head()
    local parts = {}
    repeat
      parts[#parts + 1] = assert(call:read())
    until parts[#parts] == ""
    return status, table.concat(parts), headers
  end

  local function get(path)
    local status, body = ask(path)
    assert.equal(200, status, body)
    return body
  end

  local function order(fields)
    return (ask("order", { method = "POST", body = fields,
      headers = { "Content-Type: application/x-www-form-urlencoded" } }))
  end

  --- Asks again until the page has it.
  local function get_until(path, text)
    for _ = 1, DEADLINE_MS / POLL_MS do
      local body = get(path)
      if body:find(text, 1, true) then
        return body
      end
      task.sleep(POLL_MS)
    end
    error(path .. " never had " .. text)
  end

  it("shows every test with its verdict, and one with all that it did", function()
    start("--ui")
    local body = get("")
    assert.matches("<title>&lt;b&gt;shop", body)
    assert.matches('data%-status="pass".->good</a>', body)
    assert.matches('data%-status="fail".->bad</a>', body)
    local id = body:match('href="%./(%?test=[^"]+)">good')
    body = get(id)
    assert.matches("</span> good</h2>", body)
    assert.matches("<pre[^>]*>hello from good\n</pre>", body)
    assert.matches("<svg.->says: ", body)
    body = get(get(""):match('href="%./(%?test=[^"]+)">bad'))
    assert.matches("error%[T001%]", body)
    local failed = body:match('<pre class="failures".-</pre>')
    assert.matches("two%.clnrm%.toml:%d+.*command = %[", failed)
    assert.matches("clnrm run two%.clnrm%.toml", body)
  end)

  it("gives back what an answer took, while it rests", function()
    start("--ui")
    local first = loop:resident_kb()
    loop:await_rest(math.max(first - 1000, 1500))
    task.sleep(1000) -- so that it has rested
    local before, most = loop:resident_kb(), 0
    for _, path in ipairs({ "style.css", "script.js", "timings", "" }) do
      get(path)
      most = math.max(most, loop:resident_kb())
    end
    assert.is_true(most > before)
    loop:await_rest(before)
  end)

  it("shows what reloads took beside their budget, and caches", function()
    start("--ui")
    assert.matches("Nothing was saved yet", get("timings"))
    loop:save("two.clnrm.toml", TWO:format("true"))
    loop:cycle()
    local body = get("timings")
    assert.matches("1 reload,", body)
    assert.matches("Saved <code>two%.clnrm%.toml</code>", get(""))
    for _, stage in ipairs({ "detect", "debounce", "parse", "check", "room", "test", "show",
      "total" }) do
      assert.matches('<th scope="row">' .. stage .. "</th>", body)
    end
    assert.matches("30 ms", body)
    assert.matches("Validated suites", body)
    assert.matches('<th scope="row">#2</th><td>two%.clnrm%.toml</td>', body)
  end)

  it("gives nothing to who lacks the token, names another host, or comes from another site",
    function()
      start("--ui")
      local status, body, headers = ask("//")
      assert.equal(403, status)
      assert.is_nil(body:find("shop", 1, true))
      assert.matches("default%-src 'none'", headers["content-security-policy"])
      assert.equal(403, (ask("//" .. ("0"):rep(32) .. "/")))
      assert.equal(403, (ask("", { headers = { "Host: evil.example" } })))
      assert.equal(403, (ask("order", { method = "POST", body = "order=all",
        headers = { "Origin: http://evil.example" } })))
      assert.equal(404, (ask("order")))
      assert.equal(404, (ask("../../etc/passwd")))
      assert.equal(405, (ask("", { method = "DELETE" })))
    end)

  it("says in each answer that nothing else may be loaded, kept or framed", function()
    start("--ui")
    for _, path in ipairs({ "", "timings", "style.css", "script.js", "part/header", "none" }) do
      local _, _, headers = ask(path)
      assert.matches("default%-src 'none'.*script%-src 'self'.*frame%-ancestors 'none'",
        headers["content-security-policy"], path)
      assert.is_nil(headers["content-security-policy"]:find("unsafe", 1, true))
      assert.same({ "nosniff", "no-store" },
        { headers["x-content-type-options"], headers["cache-control"] }, path)
      assert.is_nil(headers["access-control-allow-origin"])
    end
  end)

  it("is text in whatever tests are called and print", function()
    support.write(dir .. "/h.clnrm.toml", HOSTILE)
    support.write(dir .. "/<img src=x onerror=alert(6)>\27[31m.clnrm.toml", HOSTILE)
    support.write(dir .. "/broken.clnrm.toml", "<script>alert(7)</script> = '<img src=x>\n")
    start("--ui")
    local body = get("")
    local id = body:match('href="%./(%?test=h[^"]+)"')
    assert.matches("broken%.clnrm%.toml.-Cannot be read", body)
    assert.equal(200, (ask(body:match('href="%./(%?test=%%3Cimg[^"]+)"')))) -- exact, whatever it is
    for _, page in ipairs({ body, get(id) }) do
      local _, scripts = page:gsub("<script", "")
      assert.equal(1, scripts, page) -- that of the page itself
      assert.is_nil(page:find("<img", 1, true))
      assert.is_nil(page:find("[\27\7]"))
    end
    assert.matches("&lt;script&gt;alert%(3%)", get(id))
  end)

  it("has the name that the project has now", function()
    start("--ui")
    loop:save("clnrm.toml", '[project]\nname = "market"\n')
    loop:cycle()
    assert.matches("<h1>market ", get(""), 1, true)
  end)

  it("shows no secret", function()
    support.write(dir .. "/env", "PAGE_TOKEN=" .. SECRET .. "\n")
    support.write(dir .. "/s.clnrm.toml", [==[
[meta]
name = "s"
[secrets]
PAGE_TOKEN = true
[[steps]]
name = "s"
command = "echo it is $PAGE_TOKEN; exit 3"
expect.stdout.equals = "other"
]==])
    start("--ui", "--env-file", "env")
    local body = get(get(""):match('href="%./(%?test=s[^"]+)"'))
    assert.matches("it is %*%*%*", body)
    assert.is_nil(body:find(SECRET, 1, true))
  end)

  it("runs all, what failed, one test, and again, for real", function()
    local begin = start("--ui")
    assert.same({ good = "pass", bad = "fail" }, loop:verdicts(begin))
    assert.equal(303, order("order=failed"))
    begin = loop:cycle()
    assert.same({ bad = "fail" }, loop:verdicts(begin))
    assert.equal(303, order("order=all"))
    assert.same({ good = "pass", bad = "fail" }, loop:verdicts((loop:cycle())))
    local id = get(""):match('href="%./%?test=([^"]+)">good')
    assert.equal(303, order("order=tests&id=" .. id:gsub("%%", "%%25")))
    assert.same({ good = "pass" }, loop:verdicts((loop:cycle())))
    assert.equal(303, order("order=again"))
    assert.same({ good = "pass" }, loop:verdicts((loop:cycle())))
    assert.equal(400, order("order=tests&id=none"))
    assert.equal(400, order("order=quit"))
  end)

  it("stops what runs, and holds saves back", function()
    support.write(dir .. "/two.clnrm.toml", WAITS)
    loop = loops.start(dir, "--ui")
    url = loop:await("serving").url
    loop:await("step_begin", { name = "s" })
    assert.matches('data%-status="running"', get(""))
    assert.equal(303, order("order=stop"))
    assert.equal("stop", loop:await("reload_end").interrupted)
    assert.equal(303, order("order=pause"))
    assert.is_true(loop:await("paused").is_paused)
    assert.matches("paused", get(""))
    assert.equal(303, order("order=go+on"))
    assert.is_false(loop:await("paused").is_paused)
  end)

  it("keeps what is known of a file that cannot be read", function()
    start("--ui")
    loop:save("two.clnrm.toml", "[meta\n")
    local body = get_until("", "Cannot be read")
    assert.matches('data%-status="fail".->bad</a>', body)
  end)

  it("ends with the loop, however many look at it", function()
    start("--ui")
    local base, token = url:match("^(http://[^/]+)(/.*)$")
    local client <close> = assert(http.client({ base = base }))
    local call <close> = assert(client:ask({ target = token .. "events" }))
    assert.equal('data: ["*"]\n\n', call:read())
    assert.equal(1, loop:stop())
    while (call:read() or "") ~= "" do
      task.yield()
    end
    assert.is_nil((client:ask({ target = token })))
  end)

  it("follows sixteen pages, and refuses more", function()
    start("--ui")
    local base, token = url:match("^(http://[^/]+)(/.*)$")
    local client <close> = assert(http.client({ base = base }))
    local calls = {}
    for i = 1, 16 do
      calls[i] = assert(client:ask({ target = token .. "events" }))
      assert.equal(200, (calls[i]:head()))
    end
    local one <close> = assert(client:ask({ target = token .. "events" }))
    assert.equal(503, (one:head()))
    for _, call in ipairs(calls) do
      call:close()
    end
  end)

  it("tells who listens which parts have changed", function()
    start("--ui")
    local base, token = url:match("^(http://[^/]+)(/.*)$")
    local client <close> = assert(http.client({ base = base }))
    local call <close> = assert(client:ask({ target = token .. "events" }))
    local text = call:read()
    loop:save("two.clnrm.toml", TWO:format("true"))
    -- what comes fast is told in one list, and in several where the loop takes its time
    for _, part in ipairs({ '"file%?path=[^"]+two%.clnrm%.toml"', '"header"', '"timings"' }) do
      while not text:find(part) do
        local more, err = task.timeout(DEADLINE_MS, call.read, call)
        assert(more, ("%s was never told (%s), but:\n%s"):format(part, tostring(err), text))
        assert(more ~= "", "the page was left alone")
        text = text .. more
      end
    end
    local part = text:match('"(file%?path=[^"]+)"')
    get_until("part/" .. part, "2/2")
  end)

  it("is served where the loop is told to be quiet, too", function()
    local process <close> = assert(proc.spawn({ argv = { support.clnrm, "run", "-w", "-q", "--ui" },
      cwd = dir, env = { "HOME=" .. dir .. "-home", "PATH=" .. os.getenv("PATH") } }))
    for _ = 1, DEADLINE_MS / POLL_MS do
      url = process:stderr():match("^(http://%S+)\n")
      if url then
        break
      end
      task.sleep(POLL_MS)
    end
    get_until("", 'data-status="fail"')
    process:signal(2)
    assert(task.timeout(DEADLINE_MS, process.wait, process))
  end)

  it("goes where it is told, refuses a port that is taken, and says its address in any case",
    function()
      start("--ui")
      local port = url:match(":(%d+)/")
      local other = support.run({ "run", "-w", "--once", "--ui=" .. port }, { cwd = dir })
      assert.equal(6, other.code)
      assert.matches("%-%-ui: port " .. port .. " is taken", other.err)
      assert.matches("name another one", other.err)
      assert.equal(2, support.run({ "run", "-w", "--once", "--ui=0" }, { cwd = dir }).code)
      assert.matches("only with %-%-watch",
        support.run({ "run", "--ui" }, { cwd = dir }).err)
      assert.matches("^http://127%.0%.0%.1:%d+/%x+/\n",
        support.run({ "run", "-w", "--once", "-q", "--ui" }, { cwd = dir }).err)
      loop:stop()
      loop:close()
      start("--ui=" .. port) -- what is left of connections does not keep the port
      assert.equal(port, url:match(":(%d+)/"))
    end)
end)
