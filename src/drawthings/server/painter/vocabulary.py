"""The words the painter knows, as plain tables.

Each table maps what the painter can draw to the words that ask for it, separated by ``|``; a word may be a phrase.
Plurals with -s, -es and -ies are found without being listed. Whatever is not here still changes the picture: it turns
colours, moves things and adds ornaments (see ``words.py``).
"""

from __future__ import annotations

HOURS = {
    "sunset": "sunset | sundown | sun set | evening sky | afterglow",
    "golden": "golden hour | golden light | afternoon | late afternoon | warm light | warm lighting | sunlit",
    "dawn": "dawn | sunrise | daybreak | morning | early morning",
    "dusk": "dusk | twilight | evening | blue hour | gloaming",
    "night": "night | midnight | nighttime | moonlight | moonlit | full moon | moon | starry night | starry sky",
    "day": "noon | midday | day | daytime | daylight | sunny | sunshine | summer day | bright day | blue sky",
    "overcast": "overcast | cloudy | grey sky | gray sky | gloomy",
}

WEATHER = {
    "rain": "rain | rainy | raining | drizzle | downpour | wet",
    "snow": "snow | snowy | snowfall | snowing | snowflake | blizzard | snowstorm",
    "fog": "fog | foggy | mist | misty | haze | hazy",
    "storm": "storm | stormy | thunder | thunderstorm | lightning | tempest | hurricane",
    "clear": "clear sky | cloudless",
}

SEASONS = {
    "spring": "spring | springtime | blossom | blooming",
    "summer": "summer | lush | green",
    "autumn": "autumn | fall foliage | autumnal | autumn leaves | october | fallen leaves",
    "winter": "winter | wintry | snow | snowy | frozen | icy | blizzard | snow covered | snowing | "
    "snowfall | snowstorm | snowflake",
}

PLACES = {
    "mountains": "mountain | alps | alpine | peak | summit | cliff | canyon | valley | volcano | himalaya | glacier",
    "sea": "sea | ocean | wave | coast | seascape | horizon | bay | harbor | harbour | seaside",
    "beach": "beach | shore | tropical | island | coastline | lagoon",
    "lake": "lake | river | pond | waterfall | stream | reflection | fjord | loch | water",
    "forest": "forest | wood | woods | woodland | jungle | grove | taiga | rainforest | pine forest",
    "desert": "desert | dune | sahara | sand | oasis | arid | wasteland | mars",
    "city": "city | skyline | town | downtown | skyscraper | metropolis | tokyo | new york | london | paris | urban | "
    "street | cyberpunk city | cityscape | building | alley | market",
    "garden": "garden | zen garden | japanese garden | park | flower field | flowerbed | botanical | flower meadow | "
    "orchard",
    "field": "field | meadow | prairie | farm | countryside | grass | wheat field | pasture | grassland | savanna | "
    "savannah | steppe | vineyard",
    "hills": "hill | hillside | landscape | highland | nature | outdoors | village | scenery",
    "space": "space | galaxy | nebula | cosmos | cosmic | universe | outer space | planet | milky way",
    "underwater": "underwater | under water | coral reef | reef | deep sea | aquarium | seabed | ocean floor",
    "studio": "studio | table | kitchen | indoor | indoors | interior | room | still life | desk | product photo | "
    "backdrop | white background | plain background | cafe | shelf | living room",
}

SUBJECTS = {
    "fox": "fox | vixen | red fox",
    "cat": "cat | kitten | kitty | tabby",
    "dog": "dog | puppy | hound | corgi | labrador | retriever | shiba | husky",
    "lion": "lion | lioness",
    "tiger": "tiger | leopard | cheetah | jaguar",
    "wolf": "wolf | coyote | wolves",
    "bear": "bear | brown bear | grizzly | teddy bear | teddy",
    "panda": "panda | giant panda",
    "rabbit": "rabbit | bunny | hare",
    "mouse": "mouse | mice | hamster | squirrel",
    "deer": "deer | stag | doe | elk | moose | reindeer | fawn",
    "horse": "horse | pony | stallion | mare | unicorn",
    "elephant": "elephant | mammoth",
    "owl": "owl",
    "bird": "bird | sparrow | robin | parrot | dove | crow | raven | hummingbird | kingfisher | duck | swan",
    "gulls": "seagull | gull | flock of birds | flying birds | eagle | hawk | geese",
    "penguin": "penguin",
    "fish": "fish | goldfish | koi | salmon | shark | clownfish",
    "whale": "whale | dolphin | orca",
    "turtle": "turtle | tortoise",
    "butterfly": "butterfly | butterflies | moth",
    "dragon": "dragon | wyvern | dinosaur",
    "person": "person | man | boy | hiker | traveler | traveller | wizard | knight | samurai | warrior | child | kid | "
    "astronaut | figure | people | couple | dancer | soldier | monk | fisherman | guy",
    "portrait": "portrait | woman | girl | face | lady | queen | princess | model | headshot | selfie | king | elf | "
    "witch",
    "robot": "robot | android | mech | cyborg | droid",
    "car": "car | vehicle | automobile | sports car | sportscar | truck | van | taxi | convertible | beetle",
    "train": "train | locomotive | steam train | tram | subway",
    "bicycle": "bicycle | bike | motorcycle",
    "boat": "boat | sailboat | ship | yacht | sailing boat | canoe | vessel | galleon | kayak",
    "balloon": "hot air balloon | balloon | airship | zeppelin",
    "plane": "plane | airplane | aircraft | jet | aeroplane",
    "rocket": "rocket | spaceship | spacecraft | space ship | starship | ufo",
    "house": "house | cabin | cottage | hut | home | barn | farmhouse | shed | villa",
    "castle": "castle | fortress | palace | citadel | kingdom",
    "lighthouse": "lighthouse | beacon",
    "windmill": "windmill | mill | wind turbine",
    "temple": "temple | pagoda | shrine | torii | church | cathedral | monastery",
    "tower": "tower | eiffel tower | spire | obelisk | monument",
    "bridge": "bridge | aqueduct",
    "tent": "tent | camp | camping | campfire",
    "tree": "tree | apple tree | oak tree | willow tree | maple tree | old tree | lone tree | "
    "oak | maple | willow | bonsai | birch",
    "pine": "pine | pine tree | fir | spruce | christmas tree | conifer",
    "cherry": "cherry blossom | cherry blossom tree | cherry tree | sakura | cherry blossoms | blossoming tree",
    "palm": "palm | palm tree | coconut tree",
    "cactus": "cactus | cacti | succulent",
    "flower": "flower | rose | tulip | lily | daisy | poppy | orchid | peony | bouquet | lotus | flowers in a vase",
    "sunflower": "sunflower",
    "mushroom": "mushroom | toadstool | fungus | fungi",
    "apple": "apple | pear | peach | tomato",
    "citrus": "orange fruit | lemon | lime | fruit | grapefruit | oranges",
    "cup": "cup | coffee | tea | mug | cappuccino | latte | espresso",
    "cake": "cake | cupcake | dessert | birthday cake | pie",
    "book": "book | old book | notebook",
    "lamp": "lamp | lantern | candle | street lamp",
    "snowman": "snowman",
    "pumpkin": "pumpkin | jack o lantern | halloween",
    "crystal": "crystal | gem | gemstone | diamond | emerald | ruby",
    "clock": "clock | watch | pocket watch",
    "vase": "vase | pot | jar | bottle | pottery",
    "chair": "chair | armchair | sofa | couch",
    "sphere": "sphere | ball | orb | globe | marble",
    "cube": "cube | box | block",
}

ACCENTS = {
    "fireflies": "firefly | fireflies | glowing | magic | magical | enchanted | fantasy | fairy | sparkle | sparks",
    "lanterns": "paper lantern | floating lantern | sky lantern | lanterns | festival",
    "petals": "petal | cherry blossom | cherry blossoms | sakura | confetti",
    "leaves": "leaf | leaves | falling leaves | autumn leaves | windy",
    "rainbow": "rainbow",
    "aurora": "aurora | northern lights | aurora borealis",
    "bubbles": "bubble | soap bubble",
    "bokeh": "bokeh | blurred background | depth of field | shallow depth of field | macro | close up | closeup",
    "sun": "sun | big sun | sunbeam | sun rays | god rays | sunray",
    "moon": "moon | full moon | crescent | moonlight | moonlit",
    "road": "road | path | trail | highway | track | railway",
    "clouds": "cloud | clouds | cloudscape | sky",
    "stars": "star | stars | starry | starry night | starry sky | constellation | comet",
    "lights": "city lights | neon lights | neon sign | fairy lights | christmas",
    "waves": "waves | surf | splash",
    "flowers": "wildflowers | flowers | flower meadow | flower field | lavender | poppies | tulips",
}

COLOURS = {
    "d8362f": "red | crimson | scarlet | ruby red | vermilion",
    "f08a24": "orange | tangerine | amber | copper",
    "f2c53d": "yellow | lemon yellow | mustard",
    "e0a93b": "gold | golden | bronze | brass",
    "4caf50": "green | lime green | jade | olive | emerald green",
    "1fb5a8": "teal | turquoise | aqua | mint",
    "27c4e8": "cyan",
    "2f6fde": "blue | azure | cobalt | navy | sapphire | ultramarine",
    "4b49b8": "indigo",
    "8a4fc9": "purple | violet | lavender | lilac | magenta purple | amethyst",
    "e84393": "magenta | fuchsia",
    "f48fb1": "pink | rose pink | salmon pink | coral",
    "8d5a3a": "brown | chestnut | tan | chocolate | auburn",
    "23232b": "black | ebony | jet black",
    "f6f5f2": "white | ivory | snow white | pearl",
    "8e949b": "grey | gray | charcoal",
    "c3cbd4": "silver | metallic | chrome | steel",
    "efe2c4": "cream | beige | sand colored",
}

STYLES = {
    "watercolor": "watercolor | watercolour | aquarelle | gouache | ink wash | wash painting",
    "oil": "oil painting | oil | impressionist | impressionism | painting | painterly | acrylic | van gogh | monet | "
    "impasto",
    "pencil": "pencil | sketch | charcoal drawing | pencil drawing | graphite | line art | lineart | drawing | doodle",
    "pixel": "pixel art | pixel | 8 bit | 8bit | 16 bit | retro game | voxel",
    "neon": "neon | cyberpunk | futuristic | sci fi | synthwave | vaporwave | blacklight",
    "mono": "black and white | monochrome | grayscale | greyscale | noir | b w | silver gelatin",
    "photo": "photo | photograph | photography | photorealistic | realistic | cinematic | dslr | 35mm | film still | "
    "raw photo",
    "sepia": "sepia | vintage | old photo | retro | antique | faded",
    "comic": "comic | anime | cartoon | manga | cel shaded | comic book | pop art | ghibli",
    "poster": "poster | flat | vector | minimal | minimalist | minimalistic | art deco | illustration | low poly | "
    "lowpoly",
    "mosaic": "mosaic | stained glass | tile | tiles",
}

MOODS = {
    "warm": "warm | cosy | cozy | hot | fiery | fire",
    "cold": "cold | cool | chilly | freezing",
    "dark": "dark | moody | ominous | low key | shadowy | horror | gothic",
    "bright": "bright | high key | radiant | light | airy | luminous",
    "vivid": "vivid | vibrant | colorful | colourful | saturated | rich colors",
    "pale": "pastel | muted | soft | desaturated | pale | delicate | dreamy | serene | calm",
    "drama": "dramatic | epic | intense | high contrast | majestic",
    "sharp": "sharp | detailed | highly detailed | intricate | crisp | 4k | 8k | hd | high quality | masterpiece | "
    "best quality | ultra detailed | sharp focus",
    "close": "close up | closeup | macro | portrait | headshot | detail shot",
    "wide": "wide | panorama | panoramic | wide angle | vast | distant | aerial | far away | tiny",
}

FLAWS = {
    "soft": "blurry | blur | blurred | out of focus | soft focus | unsharp | low quality | worst quality | lowres | "
    "low resolution | jpeg artifacts | hazy",
    "noise": "noise | noisy | grain | grainy",
    "gaudy": "oversaturated | saturated | gaudy | garish | overexposed",
    "dull": "dull | flat | boring | desaturated | washed out | underexposed | low contrast",
    "wrong": "ugly | deformed | disfigured | bad anatomy | extra limb | mutated | extra fingers | bad hands | "
    "distorted",
    "marks": "text | watermark | signature | logo | caption",
}

NUMBERS = {
    "2": "two | pair | couple | twin | 2",
    "3": "three | trio | several | few | some | 3",
    "4": "four | 4",
    "5": "five | many | lots | herd | flock | group | crowd | pack | school | 5 | dozens",
}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


HOMES = {
    "underwater": _words("fish turtle"),
    "sea": _words("whale boat lighthouse gulls"),
    "space": _words("rocket"),
    "studio": _words("portrait robot apple citrus cup cake book clock vase chair crystal sphere cube"),
    "desert": _words("cactus"),
    "beach": _words("palm"),
    "mountains": _words("penguin pine temple tent dragon"),
    "field": _words("lion elephant windmill horse sunflower pumpkin"),
    "forest": _words("mushroom deer fox wolf bear owl panda"),
    "city": _words("car tower"),
    "garden": _words("cherry butterfly bird flower bicycle"),
    "hills": _words("castle house snowman train"),
    "lake": _words("bridge"),
}
"""Where subjects are when the prompt names no place."""

WITHOUT = _words("no without remove delete erase minus except")
"""Words after which the next known word is taken out of the picture."""

ADDING = _words("add put place insert wearing wear holding hold include give with")
"""Words with which an instruction asks for something new in the picture."""

CHANGING = _words("replace swap turn into change transform becomes")
"""Words with which an instruction asks for one thing instead of another."""

PICTURES = _words("picture image photo figure reference")
"""Words after which a number names a reference."""

FILLERS = _words(
    "a an the of in on at with and or to from by for into over under near is are its it this that very his her their "
    "as be up out off beautiful pretty cute little small big large young old lovely style art image picture scene view "
    "background foreground lighting through some there make add put place insert wearing wear holding hold include "
    "give replace swap turn change transform becomes keep same he she they them i you my your me we us please just so "
    "but then than",
)
"""Words that say nothing about what to draw; a changed one still moves the details."""
