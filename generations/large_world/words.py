"""What things are called in the large world."""

from typing import Final

FIRST_NAMES: Final = (
    "Ada", "Amina", "Bo", "Carla", "Dario", "Elif", "Emeka", "Freya", "Goran", "Hana", "Ines", "Jonas", "Kiran",
    "Lena", "Mateo", "Mei", "Noor", "Olga", "Pablo", "Rosa", "Samir", "Tove", "Uma", "Viktor", "Yuki", "Zoe",
)  # fmt: skip
LAST_NAMES: Final = (
    "Adeyemi", "Berg", "Castro", "Dubois", "Eriksen", "Fischer", "Garcia", "Hoang", "Ito", "Jansen", "Kaya", "Lopez",
    "Moreau", "Novak", "Okafor", "Petrov", "Quist", "Rossi", "Sato", "Tanaka", "Usman", "Varga", "Weber", "Yilmaz",
)  # fmt: skip
COMPANIES: Final = (
    "Harbour Pictures", "Copper Lantern", "Nine Rivers", "Saltwind", "Field and Flame", "Blue Anvil", "Paper Moon",
    "Juniper House", "Tall Ships", "Quiet Engine", "Second Spring", "Oak and Ember", "Far Shore", "Red Kite",
)  # fmt: skip
DEPARTMENTS: Final = (
    "Brand", "Campaigns", "Concept art", "Editorial", "Events", "Field", "Illustration", "Motion", "Packaging", "Press",
    "Product", "Research", "Retail", "Social", "Sound", "Storyboards", "Studio", "Trailers",
)  # fmt: skip
PROJECTS: Final = (
    "Annual report", "Autumn range", "Book covers", "Charity run", "Crowdfunding", "Festival", "Game assets",
    "Launch film", "Museum guide", "Newsletter", "Onboarding", "Podcast", "Rebrand", "Spring campaign", "Trade fair",
)  # fmt: skip
SUBJECTS: Final = (
    "a lighthouse in a storm", "a fox in snow", "a market at dawn", "waves on black sand", "a red bicycle",
    "a tea house in rain", "an old observatory", "a harbour at night", "a field of sunflowers", "a paper boat",
    "a city from above", "a child with a kite", "a train in the mountains", "an orchard in bloom", "a desert road",
)  # fmt: skip
STYLES: Final = ("watercolour", "oil painting", "ink", "photograph", "isometric", "film still", "woodcut", "pastel")
SPEECH: Final = (
    "Welcome to the tour. Please mind the step.",
    "Our new range is here, and it is lighter than ever.",
    "Chapter one. It had rained for nine days.",
    "Thank you for calling. We will be with you shortly.",
    "In this episode we talk about the sea, and about those who draw it.",
)
