--- Measures several ways of doing the same work in interleaved rounds and prints them side by side.
---
--- Absolute times of a busy machine mean little, so each case is compared with the first one of the
--- same run.  The raw samples go to build/bench/NAME.json.
local M = {}

local out_dir = "build/bench"
local peers = out_dir .. "/peers"

---@class bench.Case
---@field name string
---@field measure fun(): integer[], integer? nanoseconds of each run, peak RSS in kB
---@field goal? string what TARGETS asks of this case, shown beside its ratio
---@field per? integer how many pieces of work one measured run does; times are shown per piece

---@class bench.Spec
---@field name string
---@field title string what is compared with what, in one or two sentences
---@field rounds integer
---@field bytes? integer of input that a piece of work reads: the table shows MB/s, too
---@field cases bench.Case[] the first is what the ratios refer to

--- Measures a command with the static spawn peer: posix_spawn to exit.
---@param count integer runs in a row
---@param command string shell words, already quoted
---@param peer? string the program that measures: "spawn"; its words before the command follow it
---@return fun(): integer[], integer
function M.command(count, command, peer)
  local name, words = (peer or "spawn"):match("^(%S+)(.*)$")
  return function()
    local samples, rss_kb = {}, 0
    local pipe = assert(io.popen(("%s/%s %d%s %s"):format(peers, name, count, words, command)))
    for line in pipe:lines() do
      local ns, kb = line:match("^(%d+) (%d+)$")
      samples[#samples + 1] = assert(math.tointeger(tonumber(ns)), line)
      rss_kb = math.max(rss_kb, math.tointeger(tonumber(kb)))
    end
    assert(pipe:close(), "failed: " .. command)
    assert(#samples == count, "fewer runs than asked for: " .. command)
    return samples, rss_kb
  end
end

--- Makes an empty directory for the files of a benchmark and returns its path.
---@param name string
---@return string dir
function M.directory(name)
  local dir = out_dir .. "/" .. name
  assert(os.execute(("rm -rf '%s' && mkdir -p '%s'"):format(dir, dir)))
  return dir
end

--- Writes a file of a benchmark.
---@param path string
---@param text string
function M.write(path, text)
  local f = assert(io.open(path, "w"))
  f:write(text)
  assert(f:close())
end

--- The path of a program of bench/peers.
function M.peer(name)
  return peers .. "/" .. name
end

local BWRAP = "bwrap --unshare-all --unshare-user --uid 1000 --gid 1000 --die-with-parent "
  .. "--new-session --clearenv --setenv PATH /usr/bin:/bin --hostname room --cap-drop ALL "
  .. "--ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/sbin /sbin --symlink usr/lib /lib "
  .. "--symlink usr/lib64 /lib64 --proc /proc --dev /dev --tmpfs /tmp --tmpfs /run "

--- The bubblewrap line that a room is compared with: namespaces, an allow-list root, one uid, no
--- capabilities, the least agent as PID 1 and one command.
---@param command string shell words
---@return string
function M.bwrap_line(command)
  local agent = "--ro-bind %s /run/agent --as-pid-1 /run/agent %s"
  return BWRAP .. agent:format(M.peer("agent"), command)
end

--- The same room without an agent: the command is bubblewrap's own child.
---@param command string shell words
---@return string
function M.bwrap_alone(command)
  return BWRAP .. command
end

local function quantile(sorted, q)
  return sorted[math.max(1, math.min(#sorted, math.ceil(q * #sorted)))]
end

local function summarize(samples)
  local sorted = table.move(samples, 1, #samples, 1, {})
  table.sort(sorted)
  local median = quantile(sorted, 0.5)
  return {
    median = median,
    min = sorted[1],
    max = sorted[#sorted],
    spread = (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / median,
  }
end

local function print_table(spec, results)
  local base, base_per = results[1].stats, spec.cases[1].per or 1
  local format = "  %-38s %10s %10s %10s %7s %7s %7s %8s  %s"
  print(format:format("", "median", "min", "max", "spread", "ratio", "of min", "RSS", "goal"))
  for i, case in ipairs(spec.cases) do
    local stats, per = results[i].stats, case.per or 1
    local function ms(ns)
      return ("%.3f ms"):format(ns / per / 1e6)
    end
    print(format:format(
      case.name,
      ms(stats.median),
      ms(stats.min),
      ms(stats.max),
      ("%.0f%%"):format(stats.spread * 100),
      ("%.2f"):format((stats.median / per) / (base.median / base_per)),
      ("%.2f"):format((stats.min / per) / (base.min / base_per)),
      results[i].rss_kb and ("%.1f MB"):format(results[i].rss_kb / 1024) or "-",
      case.goal or ""
    ))
  end
end

local function write_json(spec, results)
  local rows = {}
  for i, case in ipairs(spec.cases) do
    rows[i] = ('  {"name": %q, "per": %d, "rss_kb": %d, "ns": [%s]}'):format(
      case.name, case.per or 1, results[i].rss_kb or 0, table.concat(results[i].samples, ", "))
  end
  local f = assert(io.open(("%s/%s.json"):format(out_dir, spec.name), "w"))
  f:write(('{"name": %q, "rounds": %d, "cases": [\n%s\n]}\n'):format(
    spec.name, spec.rounds, table.concat(rows, ",\n")))
  assert(f:close())
end

--- Runs a comparison and prints its table.
---@param spec bench.Spec
function M.run(spec)
  print(("\n%s -- %s"):format(spec.name, spec.title))
  local results = {}
  for i, case in ipairs(spec.cases) do
    case.measure() -- once unmeasured: page cache and lazy loading
    results[i] = { samples = {} }
  end
  for _ = 1, spec.rounds do
    for i, case in ipairs(spec.cases) do
      local samples, rss_kb = case.measure()
      table.move(samples, 1, #samples, #results[i].samples + 1, results[i].samples)
      results[i].rss_kb = rss_kb and math.max(rss_kb, results[i].rss_kb or 0)
    end
  end
  for _, result in ipairs(results) do
    result.stats = summarize(result.samples)
  end
  print_table(spec, results)
  write_json(spec, results)
end

return M
