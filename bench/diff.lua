--- clnrm diff of two runs, and of two files of spans, whole process, beside decoding the same bytes
--- as JSON.
local compare = require("compare")

local clnrm = "build/release/clnrm"

--- Makes a file of spans: each tenth is a child of the root, the others of the one before.  With an
--- address, each has a text of its own in which a port is not compared.
local function spans(count, other, has_address)
  local list = {}
  for i = 1, count do
    local parent = i == 1 and "" or i % 10 == 1 and 1 or i - 1
    local changed = other and i % 100 == 0
    local address = has_address and ('{"key":"url","value":{"stringValue":'
      .. '"http://10.0.0.7:43210/item/%d"}},'):format(i) or ""
    list[i] = ('{"traceId":"%032x","spanId":"%016x","parentSpanId":"%s","name":"op %d","kind":1,'
      .. '"startTimeUnixNano":"%d","endTimeUnixNano":"%d","attributes":[%s{"key":"n","value":'
      .. '{"intValue":"%d"}},{"key":"s","value":{"stringValue":"text of %d"}}]}'):format(
      other and 2 or 1, i + (other and count or 0),
      parent == "" and "" or ("%016x"):format(parent + (other and count or 0)), i % 17,
      1544712660000000000 + i * 1000, 1544712660000000000 + i * 1000 + 500, address,
      changed and -i or i, i % 5)
  end
  return '{"resourceSpans":[{"scopeSpans":[{"spans":[' .. table.concat(list, ",") .. "]}]}]}\n"
end

local function scenarios(count)
  local out = { '[meta]\nname = "many"\n' }
  for i = 1, count do
    out[#out + 1] = ('[[scenario]]\nname = "s%d"\nrun = ["true"]\n'):format(i)
  end
  return table.concat(out)
end

local dir = compare.directory("diff")
local decode = dir .. "/decode.lua"
compare.write(decode, [[
local fs, json = require("core.fs"), require("core.json")
for _, path in ipairs(arg) do
  for line in assert(fs.read(path)):gmatch("[^\n]+") do
    assert(json.decode(line))
  end
end
]])

local function command(words)
  return compare.command(3, ("sh -c '%s >/dev/null 2>&1 || test $? = 1'"):format(words))
end

--- Compares two files, beside decoding the same bytes.
local function run(name, what, a, b)
  a, b = dir .. "/" .. a, dir .. "/" .. b
  compare.run({
    name = name,
    title = ("diff of two %s, whole process, beside decoding their JSON"):format(what),
    rounds = 3,
    cases = {
      { name = "clnrm lua: decode both", measure = command(
        ("%s lua %s %s %s"):format(clnrm, decode, a, b)) },
      { name = "clnrm diff", measure = command(("%s diff %s %s"):format(clnrm, a, b)),
        goal = "0.2 s" },
    },
  })
end

for _, count in ipairs({ 100, 1000, 10000 }) do
  compare.write(("%s/a%d.json"):format(dir, count), spans(count, false))
  compare.write(("%s/b%d.json"):format(dir, count), spans(count, true))
  run("diff_spans" .. count, ("files of %d spans"):format(count), ("a%d.json"):format(count),
    ("b%d.json"):format(count))
end

compare.write(dir .. "/ports-a.json", spans(10000, false, true))
compare.write(dir .. "/ports-b.json", spans(10000, true, true))
run("diff_ports", "files of 10,000 spans with an address each", "ports-a.json", "ports-b.json")

for _, count in ipairs({ 100, 1000 }) do
  compare.write(dir .. "/many.clnrm.toml", scenarios(count))
  for _, name in ipairs({ "a", "b" }) do
    assert(os.execute(("%s run --no-record -f events %s/many.clnrm.toml >%s/%s%d.ndjson"):format(
      clnrm, dir, dir, name, count)))
  end
  run("diff_runs" .. count, ("runs of %d scenarios"):format(count), ("a%d.ndjson"):format(count),
    ("b%d.ndjson"):format(count))
end
