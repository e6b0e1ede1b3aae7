--- Fake companies, trades and money.
---@class engine.generate.fake.company
local M = {}

local FIRST = {
  "Acme", "Alpine", "Atlas", "Blue Door", "Bright", "Cascade", "Compass", "Crescent", "Evergreen",
  "Falcon", "Granite", "Horizon", "Keystone", "Lantern", "Meridian", "Northwind", "Pioneer",
  "Polaris", "Red Brick", "Sable", "Sterling", "Tidewater", "Union", "Zenith",
}

local SECOND = {
  "Analytics", "Bakery", "Books", "Foods", "Freight", "Glass", "Instruments", "Labs", "Logistics",
  "Machines", "Media", "Motors", "Optics", "Outfitters", "Paper", "Robotics", "Software", "Systems",
  "Textiles", "Tools",
}

local SUFFIXES = { "Inc.", "LLC", "Ltd.", "GmbH", "AG", "S.A.", "Co.", "Group" }

local INDUSTRIES = {
  "Agriculture", "Automotive", "Banking", "Biotechnology", "Chemicals", "Construction", "Education",
  "Energy", "Entertainment", "Fishing", "Food", "Forestry", "Health Care", "Hospitality",
  "Insurance", "Manufacturing", "Mining", "Pharmaceuticals", "Publishing", "Real Estate",
  "Retail", "Shipping", "Software", "Telecommunications", "Tourism", "Utilities",
}

local PROFESSIONS = {
  "accountant", "architect", "baker", "bookbinder", "carpenter", "chemist", "cook", "dentist",
  "electrician", "farmer", "gardener", "geologist", "journalist", "lawyer", "librarian",
  "machinist", "mason", "nurse", "optician", "photographer", "pilot", "plumber", "programmer",
  "sailor", "surgeon", "tailor", "teacher", "translator", "veterinarian", "welder",
}

-- ISO 4217.
local CURRENCIES = {
  { "AUD", "Australian dollar", "$" }, { "BRL", "Brazilian real", "R$" },
  { "CAD", "Canadian dollar", "$" }, { "CHF", "Swiss franc", "Fr" }, { "CNY", "Chinese yuan", "¥" },
  { "CZK", "Czech koruna", "Kč" }, { "DKK", "Danish krone", "kr" }, { "EUR", "Euro", "€" },
  { "GBP", "Pound sterling", "£" }, { "INR", "Indian rupee", "₹" }, { "JPY", "Japanese yen", "¥" },
  { "KRW", "South Korean won", "₩" }, { "MXN", "Mexican peso", "$" },
  { "NOK", "Norwegian krone", "kr" }, { "NZD", "New Zealand dollar", "$" },
  { "PLN", "Polish złoty", "zł" }, { "SEK", "Swedish krona", "kr" }, { "TRY", "Turkish lira", "₺" },
  { "USD", "United States dollar", "$" }, { "ZAR", "South African rand", "R" },
}

-- Numbers that payment services give for tests: valid by their check digit, and nobody's.
local CARDS = {
  "4111111111111111", "4242424242424242", "4012888888881881", "5555555555554444",
  "5105105105105100", "2223003122003222", "378282246310005", "371449635398431",
  "6011111111111117", "3530111333300000", "30569309025904",
}

function M.company(s)
  return s:pick(FIRST) .. " " .. s:pick(SECOND) .. " " .. s:pick(SUFFIXES)
end

function M.company_suffix(s)
  return s:pick(SUFFIXES)
end

function M.industry(s)
  return s:pick(INDUSTRIES)
end

function M.profession(s)
  return s:pick(PROFESSIONS)
end

function M.credit_card(s)
  return s:pick(CARDS)
end

function M.currency_code(s)
  return s:pick(CURRENCIES)[1]
end

function M.currency_name(s)
  return s:pick(CURRENCIES)[2]
end

function M.currency_symbol(s)
  return s:pick(CURRENCIES)[3]
end

return M
