"""It cannot be compiled."""

def price(fruit)
    return 3
