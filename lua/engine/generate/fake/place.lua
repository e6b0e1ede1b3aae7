--- Fake places: streets, cities, countries, positions.
---@class engine.generate.fake.place
local M = {}

local STREETS = {
  "Acorn", "Bakery", "Bridge", "Castle", "Cherry", "Church", "Garden", "Harbour", "Hill", "Lake",
  "Library", "Market", "Mill", "Museum", "North", "Orchard", "Park", "Quarry", "River", "School",
  "Spring", "Station", "Tower", "Valley",
}

local KINDS = { "Street", "Road", "Lane", "Avenue", "Way", "Square" }

local CITIES = {
  "Ashford", "Brookfield", "Cedar Falls", "Dunmore", "Eastport", "Fairview", "Glenwood",
  "Hillcrest", "Ironbridge", "Kingsley", "Lakeside", "Maplewood", "Northgate", "Oakdale",
  "Pinehurst", "Redcliff", "Silverton", "Thornbury", "Westbrook", "Windmere",
}

local STATES = {
  "Alaska", "Arizona", "Colorado", "Florida", "Georgia", "Hawaii", "Idaho", "Iowa", "Kansas",
  "Maine", "Montana", "Nevada", "New Mexico", "Ohio", "Oregon", "Texas", "Utah", "Vermont",
  "Washington", "Wyoming",
}

local COUNTRIES = {
  "Argentina", "Australia", "Austria", "Belgium", "Brazil", "Canada", "Chile", "Denmark", "Egypt",
  "Estonia", "Finland", "France", "Germany", "Ghana", "Greece", "Iceland", "India", "Ireland",
  "Italy", "Japan", "Kenya", "Latvia", "Mexico", "Morocco", "Nepal", "Norway", "Peru", "Poland",
  "Portugal", "Senegal", "Spain", "Sweden", "Thailand", "Tunisia", "Uruguay", "Vietnam",
}

function M.street(s)
  return ("%d %s %s"):format(s:between(1, 999), s:pick(STREETS), s:pick(KINDS))
end

function M.city(s)
  return s:pick(CITIES)
end

function M.state(s)
  return s:pick(STATES)
end

function M.zip(s)
  return s:text("0123456789", 5)
end

function M.country(s)
  return s:pick(COUNTRIES)
end

-- Six digits behind the point: a decimetre.
function M.latitude(s)
  return s:between(-90000000, 90000000) / 1000000
end

function M.longitude(s)
  return s:between(-180000000, 180000000) / 1000000
end

return M
