// OpenAI's package for JavaScript and the AI SDK against a gateway.
// Usage: node images.mjs FOLDER_WITH_NODE_MODULES URL_OF_THE_GATEWAY; prints one line of JSON for each check.
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, gateway] = process.argv.slice(2);
const resolve = createRequire(path.join(folder, 'package.json')).resolve;
const load = (name) => import(pathToFileURL(resolve(name)).href);
const { default: OpenAI, toFile } = await load('openai');
const { generateImage } = await load('ai');
const { createOpenAI } = await load('@ai-sdk/openai');
const { createOpenAICompatible } = await load('@ai-sdk/openai-compatible');

const baseURL = `${gateway}/v1`;
const MODEL = 'sd_v1.5_f16.ckpt';
const LORA = 'watercolour_style_sd_v1.5_lora_f16.ckpt';
const EDITOR = 'qwen_image_edit_2511_q6p.ckpt';
const SMALL = { prompt: 'a red fox', model: MODEL, size: '256x256' };
const client = new OpenAI({ baseURL, apiKey: 'unused', maxRetries: 0 });

const expect = (held, what) => { if (!held) throw new Error(what); };
const bytes = (text) => Buffer.from(text, 'base64');
const isPng = (data) => data.subarray(1, 4).toString() === 'PNG';
const size = (data) => `${data.readUInt32BE(16)}x${data.readUInt32BE(20)}`;
const refused = async (work) => {
    try { await work(); } catch (error) { return error; }
    throw new Error('it was not refused');
};
const collected = async (stream) => {
    const events = [];
    for await (const event of stream) events.push(event);
    return events;
};
const picture = async () => bytes((await client.images.generate({ ...SMALL, steps: 2, seed: 1 })).data[0].b64_json);

const openai = {
    async 'models are listed and one can be asked for'() {
        const ids = (await collected(client.models.list())).map((each) => each.id);
        expect(ids.includes(MODEL) && ids.includes('dall-e-3'), JSON.stringify(ids));
        expect((await client.models.retrieve(MODEL)).id === MODEL, 'another model');
    },
    async 'two pictures with settings of our own'() {
        const answer = await client.images.generate({ ...SMALL, n: 2, seed: 5, steps: 3, loras: [{ file: LORA, weight: 0.5 }] });
        expect(answer.data.length === 2 && answer.size === '256x256', JSON.stringify(answer).slice(0, 300));
        expect(answer.data[0].drawthings.seed === 5 && answer.data[0].drawthings.steps === 3, 'settings');
        expect(answer.data.every((each) => isPng(bytes(each.b64_json))), 'no PNG');
    },
    async 'a link to a JPEG'() {
        const answer = await client.images.generate({ ...SMALL, steps: 2, response_format: 'url', output_format: 'jpeg' });
        const file = await fetch(answer.data[0].url);
        expect(file.headers.get('content-type') === 'image/jpeg', file.headers.get('content-type'));
    },
    async 'a stream with unfinished pictures'() {
        const events = await collected(await client.images.generate({ ...SMALL, stream: true, partial_images: 3, steps: 12 }));
        const types = events.map((each) => each.type);
        expect(types.at(-1) === 'image_generation.completed' && types.length > 1, JSON.stringify(types));
        expect(events.every((each) => size(bytes(each.b64_json)) === '256x256'), 'the size jumps');
    },
    async 'an edit of several pictures, with LoRAs in the form'() {
        const data = await picture();
        const image = [await toFile(data, 'a.png'), await toFile(data, 'b.png')];
        const loras = [{ file: 'qwen_image_edit_2511_lightning_4_step_v1.0_lora_f16.ckpt', weight: 1 }];
        const answer = await client.images.edit({ image, prompt: 'both', model: EDITOR, seed: 3, steps: 2, loras });
        expect(isPng(bytes(answer.data[0].b64_json)) && answer.data[0].drawthings.steps === 2, 'no edit');
    },
    async 'an edit as a stream'() {
        const image = await toFile(await picture(), 'a.png');
        const asked = { ...SMALL, image, steps: 12, strength: 1, stream: true, partial_images: 1 };
        const types = (await collected(await client.images.edit(asked))).map((each) => each.type);
        expect(types.at(-1) === 'image_edit.completed', JSON.stringify(types));
    },
    async 'a wrong value is a BadRequestError with its parameter'() {
        const error = await refused(() => client.images.generate({ ...SMALL, n: 20 }));
        expect(error instanceof OpenAI.BadRequestError && error.param === 'n' && error.requestID, String(error));
    },
    async 'an unknown model is a NotFoundError'() {
        const error = await refused(() => client.images.generate({ ...SMALL, model: 'none_such.ckpt' }));
        expect(error instanceof OpenAI.NotFoundError && error.code === 'model_not_found', String(error));
    },
    async 'an abort ends the job'() {
        const leaving = new AbortController();
        const asked = client.images.generate({ ...SMALL, steps: 150, n: 10 }, { signal: leaving.signal });
        setTimeout(() => leaving.abort(), 300);
        expect((await refused(() => asked)) instanceof OpenAI.APIUserAbortError, 'another error');
        // The next job would wait for minutes behind it.
        expect(isPng(await picture()), 'no picture');
    },
};

const sdk = {
    async 'openai provider: two pictures'() {
        const model = createOpenAI({ baseURL, apiKey: 'unused' }).image(MODEL);
        const { images } = await generateImage({ model, prompt: 'a red fox', n: 2, size: '256x256' });
        expect(images.length === 2 && images.every((each) => isPng(Buffer.from(each.uint8Array))), `${images.length}`);
    },
    async 'openai provider: a name of OpenAI'() {
        const model = createOpenAI({ baseURL, apiKey: 'unused' }).image('gpt-image-1');
        const providerOptions = { openai: { quality: 'low', background: 'auto' } };
        const { image } = await generateImage({ model, prompt: 'a red fox', size: '256x256', providerOptions });
        expect(isPng(Buffer.from(image.uint8Array)), 'no PNG');
    },
    async 'compatible provider: settings of our own'() {
        const model = createOpenAICompatible({ name: 'drawthings', baseURL, apiKey: 'unused' }).imageModel(MODEL);
        const asked = { model, prompt: 'a red fox', size: '256x256', seed: 5 };
        const extra = { drawthings: { steps: 2, seed: 5, loras: [{ file: LORA, weight: 0.5 }] } };
        const first = await generateImage({ ...asked, providerOptions: extra });
        const again = await generateImage({ ...asked, providerOptions: extra });
        expect(Buffer.compare(Buffer.from(first.image.uint8Array), Buffer.from(again.image.uint8Array)) === 0, 'not the same');
    },
    async 'compatible provider: an edit'() {
        const model = createOpenAICompatible({ name: 'drawthings', baseURL, apiKey: 'unused' }).imageModel(EDITOR);
        const prompt = { text: 'make it winter', images: [await picture()] };
        const { image } = await generateImage({ model, prompt, size: '256x256' });
        expect(isPng(Buffer.from(image.uint8Array)), 'no PNG');
    },
    async 'a failure says why'() {
        const model = createOpenAI({ baseURL, apiKey: 'unused' }).image('none_such.ckpt');
        const error = await refused(() => generateImage({ model, prompt: 'x', maxRetries: 0 }));
        expect(String(error.message).includes('none_such'), String(error));
    },
};

for (const [who, checks] of Object.entries({ openai, 'AI SDK': sdk })) {
    for (const [what, check] of Object.entries(checks)) {
        let trouble = '';
        try { await check(); } catch (error) { trouble = String(error.message || error).slice(0, 500); }
        console.log(JSON.stringify({ name: `${who}: ${what}`, passed: !trouble, trouble }));
    }
}
process.exit(0);
